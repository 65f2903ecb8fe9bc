# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% schedule: The first rate is 0
def rates(K, lr, warmup, decay):
    rate_K = np.full(K, float(lr))
    rate_K[:warmup] = lr * np.arange(warmup) / max(warmup, 1)
    rate_K[K - decay :] = lr * (1 + np.cos(np.pi * np.arange(decay) / max(decay, 1))) / 2
    return rate_K


# %% schedule: The cosine belongs to the end alone.
def rates(K, lr, warmup, decay):
    rate_K = lr * (1 + np.cos(np.pi * np.arange(K) / K)) / 2
    rate_K[:warmup] = lr * np.arange(1, warmup + 1) / max(warmup, 1)
    return rate_K


# %% schedule: j ends at decay - 1
def rates(K, lr, warmup, decay):
    rate_K = np.full(K, float(lr))
    rate_K[:warmup] = lr * np.arange(1, warmup + 1) / max(warmup, 1)
    rate_K[K - decay :] = lr * (1 + np.cos(np.linspace(0, np.pi, decay))) / 2
    return rate_K


# %% schedule: This fall is a straight line
def rates(K, lr, warmup, decay):
    rate_K = np.full(K, float(lr))
    rate_K[:warmup] = lr * np.arange(1, warmup + 1) / max(warmup, 1)
    rate_K[K - decay :] = lr * (1 - np.arange(decay) / max(decay, 1))
    return rate_K


# %% schedule: with j = 0, is still lr
def rates(K, lr, warmup, decay):
    rate_K = np.full(K, float(lr))
    rate_K[:warmup] = lr * np.arange(1, warmup + 1) / max(warmup, 1)
    rate_K[K - decay :] = lr * (1 + np.cos(np.pi * np.arange(1, decay + 1) / max(decay, 1))) / 2
    return rate_K


# %% schedule: The last update of the warm-up should have the rate lr.
def rates(K, lr, warmup, decay):
    rate_K = np.full(K, float(lr))
    rate_K[:warmup] = lr * np.arange(1, warmup + 1) / (warmup + 1)
    rate_K[K - decay :] = lr * (1 + np.cos(np.pi * np.arange(decay) / max(decay, 1))) / 2
    return rate_K


# %% schedule: Your code raised ValueError.
def rates(K, lr, warmup, decay):
    rate_K = np.full(K, float(lr))
    rate_K[:warmup] = lr * np.arange(1, warmup + 1) / max(warmup, 1)
    rate_K[-decay:] = lr * (1 + np.cos(np.pi * np.arange(decay) / max(decay, 1))) / 2
    return rate_K


# %% verdict: The run with verdict 3 learns something of one batch
verdict = [{3: 6, 6: 3}.get(v, v) for v in np.array([7, 3, 1, 5, 4, 2, 6])[seven_runs(SEED)[1]]]

# %% verdict: have to go down, or up
verdict = [{3: 4, 4: 3}.get(v, v) for v in np.array([7, 3, 1, 5, 4, 2, 6])[seven_runs(SEED)[1]]]

# %% verdict: is as good on fresh sequences as on its own
verdict = [{1: 7, 7: 1}.get(v, v) for v in np.array([7, 3, 1, 5, 4, 2, 6])[seven_runs(SEED)[1]]]

# %% verdict: The run with verdict 1 cannot even learn one batch.
verdict = [{1: 5, 5: 1}.get(v, v) for v in np.array([7, 3, 1, 5, 4, 2, 6])[seven_runs(SEED)[1]]]

# %% verdict: At ten times its rate the run with verdict 6 learns more.
verdict = [{3: 6, 6: 3}.get(v, v) for v in np.array([7, 3, 1, 5, 4, 2, 6])[seven_runs(SEED)[1]]]

# %% verdict: learns one batch only at a tenth of its rate
verdict = [{4: 6, 6: 4}.get(v, v) for v in np.array([7, 3, 1, 5, 4, 2, 6])[seven_runs(SEED)[1]]]

# %% verdict: cannot learn one batch at any of three rates
verdict = [{5: 6, 6: 5}.get(v, v) for v in np.array([7, 3, 1, 5, 4, 2, 6])[seven_runs(SEED)[1]]]

# %% verdict: The run with verdict 2 starts at the cost of guessing.
verdict = [{2: 4, 4: 2}.get(v, v) for v in np.array([7, 3, 1, 5, 4, 2, 6])[seven_runs(SEED)[1]]]

# %% verdict: Each verdict, 1 to 7, holds for one run.
verdict = [7] * 7


# %% pull: From 0 a weight should go against its gradient.
def pulled(w_M, g_M, k, lr, decay):
    rest_M = np.sign(g_M) / decay
    return rest_M + (1 - lr * decay) ** k * (w_M - rest_M)


# %% pull: This is gradient descent with decay, without Adam.
def pulled(w_M, g_M, k, lr, decay):
    rest_M = -g_M / decay
    return rest_M + (1 - lr * decay) ** k * (w_M - rest_M)


# %% pull: The second one has a decay as well.
def pulled(w_M, g_M, k, lr, decay):
    return (1 - lr * decay) ** k * w_M - k * lr * np.sign(g_M)


# %% pull: One update takes off lr * decay, not decay.
def pulled(w_M, g_M, k, lr, decay):
    rest_M = -np.sign(g_M) / decay
    return (1 - decay) ** k * w_M + (1 - (1 - lr * decay) ** k) * rest_M


# %% pull: Ten times the gradient pulls differently.
def pulled(w_M, g_M, k, lr, decay):
    rest_M = -g_M / (1 - 0.9) / decay
    return rest_M + (1 - lr * decay) ** k * (w_M - rest_M)


# %% pull: do not lead where
def pulled(w_M, g_M, k, lr, decay):
    return (1 - k * lr * decay) * w_M - k * lr * np.sign(g_M)


# %% pull: They are not yet at rest
def pulled(w_M, g_M, k, lr, decay):
    return -np.sign(g_M) / decay


# %% loop: What happened to `best` after it was kept?
def train(w_H, h_NH, y_N, h_VH, y_V, lr, clip, steps):
    model = torch.nn.Linear(len(w_H), 1, bias=False).double()
    with torch.no_grad():
        model.weight[0] = w_H
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)
    lowest, best, valid_losses = float("inf"), None, []
    for _ in range(steps):
        loss = (model(h_NH)[:, 0] - y_N).square().mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimiser.step()
        with torch.no_grad():
            valid_losses.append((model(h_VH)[:, 0] - y_V).square().mean().item())
        if valid_losses[-1] < lowest:
            lowest, best = valid_losses[-1], dict(model.state_dict())
    model.load_state_dict(best)
    return model.weight.detach()[0], valid_losses


# %% loop: and lr * clip is
def train(w_H, h_NH, y_N, h_VH, y_V, lr, clip, steps):
    model = torch.nn.Linear(len(w_H), 1, bias=False).double()
    with torch.no_grad():
        model.weight[0] = w_H
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)
    lowest, best, valid_losses = float("inf"), None, []
    for _ in range(steps):
        loss = (model(h_NH)[:, 0] - y_N).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        with torch.no_grad():
            valid_losses.append((model(h_VH)[:, 0] - y_V).square().mean().item())
        if valid_losses[-1] < lowest:
            lowest, best = valid_losses[-1], copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
    return model.weight.detach()[0], valid_losses


# %% loop: Clip the whole norm.
def train(w_H, h_NH, y_N, h_VH, y_V, lr, clip, steps):
    model = torch.nn.Linear(len(w_H), 1, bias=False).double()
    with torch.no_grad():
        model.weight[0] = w_H
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)
    lowest, best, valid_losses = float("inf"), None, []
    for _ in range(steps):
        loss = (model(h_NH)[:, 0] - y_N).square().mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(model.parameters(), clip)
        optimiser.step()
        with torch.no_grad():
            valid_losses.append((model(h_VH)[:, 0] - y_V).square().mean().item())
        if valid_losses[-1] < lowest:
            lowest, best = valid_losses[-1], copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
    return model.weight.detach()[0], valid_losses


# %% loop: has the gradient been cleared
def train(w_H, h_NH, y_N, h_VH, y_V, lr, clip, steps):
    model = torch.nn.Linear(len(w_H), 1, bias=False).double()
    with torch.no_grad():
        model.weight[0] = w_H
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)
    lowest, best, valid_losses = float("inf"), None, []
    for _ in range(steps):
        loss = (model(h_NH)[:, 0] - y_N).square().mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimiser.zero_grad()
        optimiser.step()
        with torch.no_grad():
            valid_losses.append((model(h_VH)[:, 0] - y_V).square().mean().item())
        if valid_losses[-1] < lowest:
            lowest, best = valid_losses[-1], copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
    return model.weight.detach()[0], valid_losses


# %% loop: Old gradients are still in the new ones.
def train(w_H, h_NH, y_N, h_VH, y_V, lr, clip, steps):
    model = torch.nn.Linear(len(w_H), 1, bias=False).double()
    with torch.no_grad():
        model.weight[0] = w_H
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)
    lowest, best, valid_losses = float("inf"), None, []
    for _ in range(steps):
        loss = (model(h_NH)[:, 0] - y_N).square().mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimiser.step()
        with torch.no_grad():
            valid_losses.append((model(h_VH)[:, 0] - y_V).square().mean().item())
        if valid_losses[-1] < lowest:
            lowest, best = valid_losses[-1], copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
    return model.weight.detach()[0], valid_losses


# %% loop: with a norm below clip should stay as it is
def train(w_H, h_NH, y_N, h_VH, y_V, lr, clip, steps):
    model = torch.nn.Linear(len(w_H), 1, bias=False).double()
    with torch.no_grad():
        model.weight[0] = w_H
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)
    lowest, best, valid_losses = float("inf"), None, []
    for _ in range(steps):
        loss = (model(h_NH)[:, 0] - y_N).square().mean()
        optimiser.zero_grad()
        loss.backward()
        model.weight.grad *= min(clip, 1.0) / model.weight.grad.norm()
        optimiser.step()
        with torch.no_grad():
            valid_losses.append((model(h_VH)[:, 0] - y_V).square().mean().item())
        if valid_losses[-1] < lowest:
            lowest, best = valid_losses[-1], copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
    return model.weight.detach()[0], valid_losses


# %% loop: do not have the lowest validation loss
def train(w_H, h_NH, y_N, h_VH, y_V, lr, clip, steps):
    model = torch.nn.Linear(len(w_H), 1, bias=False).double()
    with torch.no_grad():
        model.weight[0] = w_H
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)
    lowest, best, valid_losses = float("inf"), None, []
    for _ in range(steps):
        loss = (model(h_NH)[:, 0] - y_N).square().mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        before = copy.deepcopy(model.state_dict())
        optimiser.step()
        with torch.no_grad():
            valid_losses.append((model(h_VH)[:, 0] - y_V).square().mean().item())
        if valid_losses[-1] < lowest:
            lowest, best = valid_losses[-1], before
    model.load_state_dict(best)
    return model.weight.detach()[0], valid_losses


# %% stop: the network has learned noise by heart
def learn(model, x_BTD, y_B):
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(60):
        loss = (model(x_BTD) - y_B).square().mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()


# %% stop: the network is still on its way
def learn(model, x_BTD, y_B):
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(8):
        loss = (model(x_BTD) - y_B).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


# %% stop: `learn` does not change the model.
def learn(model, x_BTD, y_B):
    model = copy.deepcopy(model)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(30):
        loss = (model(x_BTD) - y_B).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
