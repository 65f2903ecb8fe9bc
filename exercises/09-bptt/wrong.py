# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% credit: These are all pairs, as if nothing were cut.
pairs = steps * (steps + 1) // 2

# %% credit: These are all pairs fewer than a window apart.
pairs = sum(min(t + 1, window) for t in range(steps))

# %% credit: The loss of a step gives credit to its own step as well.
pairs = sum(t % window for t in range(steps))

# %% credit: The last window is shorter.
pairs = (steps // window + 1) * window * (window + 1) // 2

# %% credit: No credit goes from a loss to a later step.
pairs = steps // window * window**2 + (steps % window) ** 2


# %% windows: The state is not detached: a window went back into the window before, a second time.
def by_windows(net, readout, x_BTD, y_BTK, window):
    total, state = 0.0, None
    for x, y in zip(x_BTD.split(window, dim=1), y_BTK.split(window, dim=1)):
        h_BTH, state = net(x, state)
        loss = ((readout(h_BTH) - y) ** 2).sum() / 2
        loss.backward()
        total += loss.item()
    return total


# %% windows: The state is not detached: with small windows the gradients are still
def by_windows(net, readout, x_BTD, y_BTK, window):
    total, state = 0.0, None
    for x, y in zip(x_BTD.split(window, dim=1), y_BTK.split(window, dim=1)):
        h_BTH, state = net(x, state)
        total = total + ((readout(h_BTH) - y) ** 2).sum() / 2
    total.backward()
    return total.item()


# %% windows: The cell state c is not detached
def by_windows(net, readout, x_BTD, y_BTK, window):
    total, state = 0.0, None
    for x, y in zip(x_BTD.split(window, dim=1), y_BTK.split(window, dim=1)):
        h_BTH, (h, c) = net(x, state)
        state = h.detach(), c
        loss = ((readout(h_BTH) - y) ** 2).sum() / 2
        loss.backward(retain_graph=True)
        total += loss.item()
    return total


# %% windows: The hidden state h is not detached
def by_windows(net, readout, x_BTD, y_BTK, window):
    total, state = 0.0, None
    for x, y in zip(x_BTD.split(window, dim=1), y_BTK.split(window, dim=1)):
        h_BTH, (h, c) = net(x, state)
        state = h, c.detach()
        loss = ((readout(h_BTH) - y) ** 2).sum() / 2
        loss.backward(retain_graph=True)
        total += loss.item()
    return total


# %% windows: is the state carried over the border
def by_windows(net, readout, x_BTD, y_BTK, window):
    total = 0.0
    for x, y in zip(x_BTD.split(window, dim=1), y_BTK.split(window, dim=1)):
        h_BTH, _ = net(x)
        loss = ((readout(h_BTH) - y) ** 2).sum() / 2
        loss.backward()
        total += loss.item()
    return total


# %% windows: With one window for all steps nothing is cut
def by_windows(net, readout, x_BTD, y_BTK, window):
    total, state = 0.0, None
    for x, y in zip(x_BTD.split(window, dim=1), y_BTK.split(window, dim=1)):
        h_BTH, state = net(x, state)
        state = tuple(part.detach() for part in state)
        loss = ((readout(h_BTH.detach()) - y) ** 2).sum() / 2
        loss.backward()
        total += loss.item()
    return total


# %% windows: Are the gradients of all windows still there
def by_windows(net, readout, x_BTD, y_BTK, window):
    total, state = 0.0, None
    for x, y in zip(x_BTD.split(window, dim=1), y_BTK.split(window, dim=1)):
        h_BTH, state = net(x, state)
        loss = ((readout(h_BTH) - y) ** 2).sum() / 2
        net.zero_grad()
        readout.zero_grad()
        loss.backward()
        state = tuple(part.detach() for part in state)
        total += loss.item()
    return total


# %% slope: Each step feels its own change of the weights only.
def slope(x_TD, y_TH, W_xh, W_hh, b_h, V_xh, V_hh, v_h):
    h_H, total = 0 * b_h, 0.0
    for x_D, y_H in zip(x_TD, y_TH):
        da_H = V_xh @ x_D + V_hh @ h_H + v_h
        h_H = np.tanh(W_xh @ x_D + W_hh @ h_H + b_h)
        total += (h_H - y_H) @ ((1 - h_H**2) * da_H)
    return total


# %% slope: The change of W_hh itself, V_hh, is left out.
def slope(x_TD, y_TH, W_xh, W_hh, b_h, V_xh, V_hh, v_h):
    h_H, s_H, total = 0 * b_h, 0 * b_h, 0.0
    for x_D, y_H in zip(x_TD, y_TH):
        da_H = V_xh @ x_D + v_h + W_hh @ s_H
        h_H = np.tanh(W_xh @ x_D + W_hh @ h_H + b_h)
        s_H = (1 - h_H**2) * da_H
        total += (h_H - y_H) @ s_H
    return total


# %% slope: Along V_hh alone the loss does not move
def slope(x_TD, y_TH, W_xh, W_hh, b_h, V_xh, V_hh, v_h):
    h_H, s_H, total = 0 * b_h, 0 * b_h, 0.0
    for x_D, y_H in zip(x_TD, y_TH):
        da_H = V_xh @ x_D + V_hh @ s_H + v_h + W_hh @ s_H
        h_H = np.tanh(W_xh @ x_D + W_hh @ h_H + b_h)
        s_H = (1 - h_H**2) * da_H
        total += (h_H - y_H) @ s_H
    return total


# %% slope: What comes from the step before goes through this step's tanh as well.
def slope(x_TD, y_TH, W_xh, W_hh, b_h, V_xh, V_hh, v_h):
    h_H, s_H, total = 0 * b_h, 0 * b_h, 0.0
    for x_D, y_H in zip(x_TD, y_TH):
        da_H = V_xh @ x_D + V_hh @ h_H + v_h
        h_H = np.tanh(W_xh @ x_D + W_hh @ h_H + b_h)
        s_H = (1 - h_H**2) * da_H + W_hh @ s_H
        total += (h_H - y_H) @ s_H
    return total


# %% slope: The loss has a part at every step.
def slope(x_TD, y_TH, W_xh, W_hh, b_h, V_xh, V_hh, v_h):
    h_H, s_H = 0 * b_h, 0 * b_h
    for x_D in x_TD:
        da_H = V_xh @ x_D + V_hh @ h_H + v_h + W_hh @ s_H
        h_H = np.tanh(W_xh @ x_D + W_hh @ h_H + b_h)
        s_H = (1 - h_H**2) * da_H
    return (h_H - y_TH[-1]) @ s_H


# %% slope: Nudging does not.
def slope(x_TD, y_TH, W_xh, W_hh, b_h, V_xh, V_hh, v_h):
    losses = []
    for e in (1e-5, -1e-5):
        h_H, loss = 0 * b_h, 0.0
        for x_D, y_H in zip(x_TD, y_TH):
            h_H = np.tanh((W_xh + e * V_xh) @ x_D + (W_hh + e * V_hh) @ h_H + b_h + e * v_h)
            loss += ((h_H - y_H) ** 2).sum() / 2
        losses.append(loss)
    return (losses[0] - losses[1]) / 2e-5


# %% skip: No error comes back over the skip
def skip_gradients(x_TD, h_TH, own_TH, W_hh, U_hh, k):
    T, da_TH, later_H = len(x_TD), np.zeros_like(own_TH), 0
    for t in reversed(range(T)):
        da_TH[t] = (1 - h_TH[t] ** 2) * (own_TH[t] + later_H)
        later_H = W_hh.T @ da_TH[t]
    dU_hh = da_TH[k:].T @ h_TH[: max(T - k, 0)]
    return da_TH.T @ x_TD, da_TH[1:].T @ h_TH[:-1], dU_hh, da_TH.sum(axis=0)


# %% skip: not from the next step
def skip_gradients(x_TD, h_TH, own_TH, W_hh, U_hh, k):
    T, da_TH, later_H = len(x_TD), np.zeros_like(own_TH), 0
    for t in reversed(range(T)):
        da_TH[t] = (1 - h_TH[t] ** 2) * (own_TH[t] + later_H)
        later_H = (W_hh + U_hh * (k < T)).T @ da_TH[t]
    dU_hh = da_TH[k:].T @ h_TH[: max(T - k, 0)]
    return da_TH.T @ x_TD, da_TH[1:].T @ h_TH[:-1], dU_hh, da_TH.sum(axis=0)


# %% skip: Backwards an error goes down the columns of W_hh
def skip_gradients(x_TD, h_TH, own_TH, W_hh, U_hh, k):
    T, da_TH = len(x_TD), np.zeros((len(x_TD) + k, own_TH.shape[1]))
    for t in reversed(range(T)):
        dh_H = own_TH[t] + W_hh @ da_TH[t + 1] + U_hh @ da_TH[t + k]
        da_TH[t] = (1 - h_TH[t] ** 2) * dh_H
    da_TH = da_TH[:T]
    dU_hh = da_TH[k:].T @ h_TH[: max(T - k, 0)]
    return da_TH.T @ x_TD, da_TH[1:].T @ h_TH[:-1], dU_hh, da_TH.sum(axis=0)


# %% skip: Backwards an error goes down the columns of U_hh
def skip_gradients(x_TD, h_TH, own_TH, W_hh, U_hh, k):
    T, da_TH = len(x_TD), np.zeros((len(x_TD) + k, own_TH.shape[1]))
    for t in reversed(range(T)):
        dh_H = own_TH[t] + W_hh.T @ da_TH[t + 1] + U_hh @ da_TH[t + k]
        da_TH[t] = (1 - h_TH[t] ** 2) * dh_H
    da_TH = da_TH[:T]
    dU_hh = da_TH[k:].T @ h_TH[: max(T - k, 0)]
    return da_TH.T @ x_TD, da_TH[1:].T @ h_TH[:-1], dU_hh, da_TH.sum(axis=0)


# %% skip: U_hh multiplies the state k steps before
def skip_gradients(x_TD, h_TH, own_TH, W_hh, U_hh, k):
    T, da_TH = len(x_TD), np.zeros((len(x_TD) + k, own_TH.shape[1]))
    for t in reversed(range(T)):
        dh_H = own_TH[t] + W_hh.T @ da_TH[t + 1] + U_hh.T @ da_TH[t + k]
        da_TH[t] = (1 - h_TH[t] ** 2) * dh_H
    da_TH = da_TH[:T]
    dW_hh = da_TH[1:].T @ h_TH[:-1]
    return da_TH.T @ x_TD, dW_hh, dW_hh * (k < T), da_TH.sum(axis=0)


# %% skip: The copies of a weight are averaged.
def skip_gradients(x_TD, h_TH, own_TH, W_hh, U_hh, k):
    T, da_TH = len(x_TD), np.zeros((len(x_TD) + k, own_TH.shape[1]))
    for t in reversed(range(T)):
        dh_H = own_TH[t] + W_hh.T @ da_TH[t + 1] + U_hh.T @ da_TH[t + k]
        da_TH[t] = (1 - h_TH[t] ** 2) * dh_H
    da_TH = da_TH[:T] / T
    dU_hh = da_TH[k:].T @ h_TH[: max(T - k, 0)]
    return da_TH.T @ x_TD, da_TH[1:].T @ h_TH[:-1], dU_hh, da_TH.sum(axis=0)


# %% skip: No error goes back from step to step
def skip_gradients(x_TD, h_TH, own_TH, W_hh, U_hh, k):
    da_TH = (1 - h_TH**2) * own_TH
    dU_hh = da_TH[k:].T @ h_TH[: max(len(x_TD) - k, 0)]
    return da_TH.T @ x_TD, da_TH[1:].T @ h_TH[:-1], dU_hh, da_TH.sum(axis=0)


# %% skip: The slope of tanh is left out
def skip_gradients(x_TD, h_TH, own_TH, W_hh, U_hh, k):
    T, da_TH = len(x_TD), np.zeros((len(x_TD) + k, own_TH.shape[1]))
    for t in reversed(range(T)):
        da_TH[t] = own_TH[t] + W_hh.T @ da_TH[t + 1] + U_hh.T @ da_TH[t + k]
    da_TH = da_TH[:T]
    dU_hh = da_TH[k:].T @ h_TH[: max(T - k, 0)]
    return da_TH.T @ x_TD, da_TH[1:].T @ h_TH[:-1], dU_hh, da_TH.sum(axis=0)


# %% skip: Which rows are left when k reaches beyond the end?
def skip_gradients(x_TD, h_TH, own_TH, W_hh, U_hh, k):
    T, da_TH = len(x_TD), np.zeros((len(x_TD) + k, own_TH.shape[1]))
    for t in reversed(range(T)):
        dh_H = own_TH[t] + W_hh.T @ da_TH[t + 1] + U_hh.T @ da_TH[t + k]
        da_TH[t] = (1 - h_TH[t] ** 2) * dh_H
    da_TH = da_TH[:T]
    dU_hh = da_TH[k:].T @ h_TH[: T - k]
    return da_TH.T @ x_TD, da_TH[1:].T @ h_TH[:-1], dU_hh, da_TH.sum(axis=0)


# %% overlap: The reach makes no difference
def overlapping(x_TD, h_SH, own_TH, W_hh, every, reach):
    da_TH = np.zeros_like(own_TH)
    for t in reversed(range(len(x_TD))):
        later_H = 0 if (t + 1) % every == 0 else W_hh.T @ da_TH[t + 1]
        da_TH[t] = (1 - h_SH[t + 1] ** 2) * (own_TH[t] + later_H)
    return da_TH.T @ x_TD, da_TH.T @ h_SH[:-1], da_TH.sum(axis=0)


# %% overlap: A loss within reach of two passes is sent back twice.
def overlapping(x_TD, h_SH, own_TH, W_hh, every, reach):
    da_TH = np.zeros_like(own_TH)
    for end in range(every, len(x_TD) + 1, every):
        later_H = 0
        for t in reversed(range(max(end - reach, 0), end)):
            da_H = (1 - h_SH[t + 1] ** 2) * (own_TH[t] + later_H)
            da_TH[t] += da_H
            later_H = W_hh.T @ da_H
    return da_TH.T @ x_TD, da_TH.T @ h_SH[:-1], da_TH.sum(axis=0)


# %% overlap: A loss gives credit to a step that is out of its reach.
def overlapping(x_TD, h_SH, own_TH, W_hh, every, reach):
    da_TH = np.zeros_like(own_TH)
    for end in range(every, len(x_TD) + 1, every):
        later_H = 0
        for t in reversed(range(max(end - reach - 1, 0), end)):
            da_H = (1 - h_SH[t + 1] ** 2) * (own_TH[t] * (t >= end - every) + later_H)
            da_TH[t] += da_H
            later_H = W_hh.T @ da_H
    return da_TH.T @ x_TD, da_TH.T @ h_SH[:-1], da_TH.sum(axis=0)


# %% overlap: With every = reach = 1 each step feels its own loss
def overlapping(x_TD, h_SH, own_TH, W_hh, every, reach):
    da_TH = np.zeros_like(own_TH)
    for end in range(every, len(x_TD) + 1, every):
        later_H = 0
        for t in reversed(range(max(end - reach + 1, 0), end)):
            da_H = (1 - h_SH[t + 1] ** 2) * (own_TH[t] * (t >= end - every) + later_H)
            da_TH[t] += da_H
            later_H = W_hh.T @ da_H
    return da_TH.T @ x_TD, da_TH.T @ h_SH[:-1], da_TH.sum(axis=0)


# %% overlap: Nothing is cut
def overlapping(x_TD, h_SH, own_TH, W_hh, every, reach):
    da_TH, later_H = np.zeros_like(own_TH), 0
    for t in reversed(range(len(x_TD))):
        da_TH[t] = (1 - h_SH[t + 1] ** 2) * (own_TH[t] + later_H)
        later_H = W_hh.T @ da_TH[t]
    return da_TH.T @ x_TD, da_TH.T @ h_SH[:-1], da_TH.sum(axis=0)


# %% overlap: Backwards an error goes down the columns of W_hh
def overlapping(x_TD, h_SH, own_TH, W_hh, every, reach):
    da_TH = np.zeros_like(own_TH)
    for end in range(every, len(x_TD) + 1, every):
        later_H = 0
        for t in reversed(range(max(end - reach, 0), end)):
            da_H = (1 - h_SH[t + 1] ** 2) * (own_TH[t] * (t >= end - every) + later_H)
            da_TH[t] += da_H
            later_H = W_hh @ da_H
    return da_TH.T @ x_TD, da_TH.T @ h_SH[:-1], da_TH.sum(axis=0)


# %% overlap: Nothing is cut: windows do not change the gradient.
def overlapping(x_TD, h_SH, own_TH, W_hh, every, reach):
    return [own_TH.T @ x_TD, own_TH.T @ h_SH[:-1], own_TH.sum(axis=0)]
