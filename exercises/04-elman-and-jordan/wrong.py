# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% states: Before the first step nothing was answered
def state_units(a_BT, K, decay):
    s_BK, s_BTK = np.zeros((len(a_BT), K)), []
    for a_B in a_BT.T:
        s_BK = decay * s_BK + (a_B[:, None] == np.arange(K))
        s_BTK.append(s_BK)
    return np.stack(s_BTK, axis=1)


# %% states: Before the first step nothing was answered
def state_units(a_BT, K, decay):
    a_BTK = a_BT[:, :, None] == np.arange(K)
    s_BK, s_BTK = np.zeros((len(a_BT), K)), []
    for a_BK in np.roll(a_BTK, 1, axis=1).swapaxes(0, 1):
        s_BK = decay * s_BK + a_BK
        s_BTK.append(s_BK)
    return np.stack(s_BTK, axis=1)


# %% states: Only the last answer is in the state.
def state_units(a_BT, K, decay):
    a_BTK = (a_BT[:, :, None] == np.arange(K)).astype(float)
    return np.pad(a_BTK[:, :-1], ((0, 0), (1, 0), (0, 0)))


# %% states: The old state does not decay.
def state_units(a_BT, K, decay):
    a_BTK = (a_BT[:, :, None] == np.arange(K)).astype(float)
    return np.pad(a_BTK[:, :-1].cumsum(axis=1), ((0, 0), (1, 0), (0, 0)))


# %% states: The decay belongs to the old state alone
def state_units(a_BT, K, decay):
    s_BK, s_BTK = np.zeros((len(a_BT), K)), []
    for a_B in a_BT.T:
        s_BTK.append(s_BK)
        s_BK = decay * (s_BK + (a_B[:, None] == np.arange(K)))
    return np.stack(s_BTK, axis=1)


# %% states: What was there before decays, it is not gone.
def state_units(a_BT, K, decay):
    s_BTK = np.zeros((*a_BT.shape, K), dtype=int)
    for t in range(1, a_BT.shape[1]):
        s_BTK[:, t] = decay * s_BTK[:, t - 1] + (a_BT[:, t - 1, None] == np.arange(K))
    return s_BTK


# %% states: This is a moving average.
def state_units(a_BT, K, decay):
    s_BK, s_BTK = np.zeros((len(a_BT), K)), []
    for a_B in a_BT.T:
        s_BTK.append(s_BK)
        s_BK = decay * s_BK + (1 - decay) * (a_B[:, None] == np.arange(K))
    return np.stack(s_BTK, axis=1)


# %% states: Where nothing is asked you add an answer of 0.
def state_units(a_BT, K, decay):
    s_BK, s_BTK = np.zeros((len(a_BT), K)), []
    for a_B in a_BT.T:
        s_BTK.append(s_BK)
        s_BK = decay * s_BK + np.eye(K)[np.maximum(a_B, 0)]
    return np.stack(s_BTK, axis=1)


# %% states: Where nothing is asked, the state only decays.
def state_units(a_BT, K, decay):
    s_BK, s_BTK = np.zeros((len(a_BT), K)), []
    for a_B in a_BT.T:
        s_BTK.append(s_BK)
        asked_B1, a_BK = a_B[:, None] >= 0, a_B[:, None] == np.arange(K)
        s_BK = np.where(asked_B1, decay * s_BK + a_BK, 0.0)
    return np.stack(s_BTK, axis=1)


# %% rounded: what was said before is lost in rounding
def run_rounded(x_BTD, decay, W_xh, W_sh, W_hy, b_h, b_y):
    s_BK = np.zeros((len(x_BTD), len(b_y)))
    s_BTK, y_BTK = [], []
    for x_BD in x_BTD.swapaxes(0, 1):
        y_BK = np.tanh(x_BD @ W_xh.T + s_BK @ W_sh.T + b_h) @ W_hy.T + b_y
        s_BTK.append(s_BK)
        y_BTK.append(y_BK)
        s_BK = rounded(decay * s_BK + rounded(y_BK))
    return np.stack(s_BTK, axis=1), np.stack(y_BTK, axis=1)


# %% rounded: The state units are wrong.
def run_rounded(x_BTD, decay, W_xh, W_sh, W_hy, b_h, b_y):
    s_BK = np.zeros((len(x_BTD), len(b_y)))
    s_BTK, y_BTK = [], []
    for x_BD in x_BTD.swapaxes(0, 1):
        heard_BK = rounded(s_BK) if s_BTK else s_BK
        y_BK = np.tanh(x_BD @ W_xh.T + heard_BK @ W_sh.T + b_h) @ W_hy.T + b_y
        s_BTK.append(s_BK)
        y_BTK.append(y_BK)
        s_BK = decay * s_BK + y_BK
    return np.stack(s_BTK, axis=1), np.stack(y_BTK, axis=1)


# %% rounded: Now nothing is rounded
def run_rounded(x_BTD, decay, W_xh, W_sh, W_hy, b_h, b_y):
    s_BK = np.zeros((len(x_BTD), len(b_y)))
    s_BTK, y_BTK = [], []
    for x_BD in x_BTD.swapaxes(0, 1):
        y_BK = np.tanh(x_BD @ W_xh.T + s_BK @ W_sh.T + b_h) @ W_hy.T + b_y
        s_BTK.append(s_BK)
        y_BTK.append(y_BK)
        s_BK = decay * s_BK + y_BK
    return np.stack(s_BTK, axis=1), np.stack(y_BTK, axis=1)


# %% rounded: What was said comes in whole
def run_rounded(x_BTD, decay, W_xh, W_sh, W_hy, b_h, b_y):
    s_BK = np.zeros((len(x_BTD), len(b_y)))
    s_BTK, y_BTK = [], []
    for x_BD in x_BTD.swapaxes(0, 1):
        y_BK = np.tanh(x_BD @ W_xh.T + s_BK @ W_sh.T + b_h) @ W_hy.T + b_y
        s_BTK.append(s_BK)
        y_BTK.append(y_BK)
        s_BK = decay * (s_BK + rounded(y_BK))
    return np.stack(s_BTK, axis=1), np.stack(y_BTK, axis=1)


# %% rounded: Rounding each number is not rounding to the nearest answer
def run_rounded(x_BTD, decay, W_xh, W_sh, W_hy, b_h, b_y):
    s_BK = np.zeros((len(x_BTD), len(b_y)))
    s_BTK, y_BTK = [], []
    for x_BD in x_BTD.swapaxes(0, 1):
        y_BK = np.tanh(x_BD @ W_xh.T + s_BK @ W_sh.T + b_h) @ W_hy.T + b_y
        s_BTK.append(s_BK)
        y_BTK.append(y_BK)
        s_BK = decay * s_BK + y_BK.round()
    return np.stack(s_BTK, axis=1), np.stack(y_BTK, axis=1)


# %% rounded: Return the outputs themselves, not the rounded ones.
def run_rounded(x_BTD, decay, W_xh, W_sh, W_hy, b_h, b_y):
    s_BK = np.zeros((len(x_BTD), len(b_y)))
    s_BTK, y_BTK = [], []
    for x_BD in x_BTD.swapaxes(0, 1):
        h_BH = np.tanh(x_BD @ W_xh.T + s_BK @ W_sh.T + b_h)
        y_BK = rounded(h_BH @ W_hy.T + b_y)
        s_BTK.append(s_BK)
        y_BTK.append(y_BK)
        s_BK = decay * s_BK + y_BK
    return np.stack(s_BTK, axis=1), np.stack(y_BTK, axis=1)


# %% rounded: The state units come one step early
def run_rounded(x_BTD, decay, W_xh, W_sh, W_hy, b_h, b_y):
    s_BK = np.zeros((len(x_BTD), len(b_y)))
    s_BTK, y_BTK = [], []
    for x_BD in x_BTD.swapaxes(0, 1):
        y_BK = np.tanh(x_BD @ W_xh.T + s_BK @ W_sh.T + b_h) @ W_hy.T + b_y
        s_BK = decay * s_BK + rounded(y_BK)
        s_BTK.append(s_BK)
        y_BTK.append(y_BK)
    return np.stack(s_BTK, axis=1), np.stack(y_BTK, axis=1)


# %% twin: The output has a bias, too, and it comes back.
def as_elman(W_sh, W_hy, b_h, b_y):
    return W_sh @ W_hy, b_h, -np.linalg.pinv(W_hy) @ b_y


# %% twin: What b_y brings is added, not taken away.
def as_elman(W_sh, W_hy, b_h, b_y):
    return W_sh @ W_hy, b_h - W_sh @ b_y, np.linalg.pinv(W_hy) @ b_y


# %% twin: Now the bias of the hidden units is missing.
def as_elman(W_sh, W_hy, b_h, b_y):
    return W_sh @ W_hy, W_sh @ b_y, -np.linalg.pinv(W_hy) @ b_y


# %% twin: From a start of zeros b_y comes back at the first step.
def as_elman(W_sh, W_hy, b_h, b_y):
    return W_sh @ W_hy, b_h + W_sh @ b_y, np.zeros(len(b_h))


# %% twin: The start has the wrong sign.
def as_elman(W_sh, W_hy, b_h, b_y):
    return W_sh @ W_hy, b_h + W_sh @ b_y, np.linalg.pinv(W_hy) @ b_y


# %% twin: The recurrent matrix is transposed.
def as_elman(W_sh, W_hy, b_h, b_y):
    return (W_sh @ W_hy).T, b_h + W_sh @ b_y, -np.linalg.pinv(W_hy) @ b_y


# %% twin: The start says something other than zero
def as_elman(W_sh, W_hy, b_h, b_y):
    return W_sh @ W_hy, b_h + W_sh @ b_y, -W_hy.T @ b_y


# %% twin: W_hh should have shape
def as_elman(W_sh, W_hy, b_h, b_y):
    return W_hy @ W_sh, b_h + W_sh @ b_y, -np.linalg.pinv(W_hy) @ b_y


# %% twin: The recurrent matrix is wrong.
def as_elman(W_sh, W_hy, b_h, b_y):
    return np.zeros((len(b_h), len(b_h))), b_h, np.zeros(len(b_h))


# %% ceiling: Naming the most frequent symbol all the time does as well.
def best_share(P_KK, pi_K):
    return (pi_K[:, None, None] * P_KK[:, :, None] * P_KK).max(axis=1).sum()


ceiling = 1 / 6


# %% ceiling: This uses the input x at step t alone. The network knows
def best_share(P_KK, pi_K):
    return (pi_K[:, None] * P_KK).max(axis=0).sum()


ceiling = best_share(P_KK, pi_K)


# %% ceiling: This uses the last answer alone.
def best_share(P_KK, pi_K):
    return pi_K @ P_KK.max(axis=1)


ceiling = best_share(P_KK, pi_K)


# %% ceiling: For the two symbols this is what one clue gives.
def best_share(P_KK, pi_K):
    return pi_K @ P_KK.max(axis=1)


ceiling = best_share(P_KK, pi_K)


# %% ceiling: The symbol that is asked for comes back a step too late
def best_share(P_KK, pi_K):
    return 1.0


ceiling = 1.0


# %% ceiling: Not all pairs are equally frequent; weigh them.
def best_share(P_KK, pi_K):
    three_KKK = pi_K[:, None, None] * P_KK[:, :, None] * P_KK
    return (three_KKK.max(axis=1) / three_KKK.sum(axis=1)).mean()


ceiling = best_share(P_KK, pi_K)


# %% ceiling: The best network names the likeliest.
def best_share(P_KK, pi_K):
    three_KKK = pi_K[:, None, None] * P_KK[:, :, None] * P_KK
    return (three_KKK**2 / three_KKK.sum(axis=1)[:, None]).sum()


ceiling = best_share(P_KK, pi_K)


# %% ceiling: in a short one chance is taken for knowledge
def best_share(P_KK, pi_K):
    K, draw = len(pi_K), np.random.default_rng(0)
    x_T = [0]
    for _ in range(3000):
        x_T.append(draw.choice(K, p=P_KK[x_T[-1]]))
    n_KKK = np.zeros((K, K, K))
    np.add.at(n_KKK, (x_T[:-2], x_T[1:-1], x_T[2:]), 1)
    return n_KKK.max(axis=1).sum() / n_KKK.sum()


ceiling = best_share(P_KK, pi_K)


# %% ceiling: your `best_share` gives
def best_share(P_KK, pi_K):
    return (pi_K[:, None, None] * P_KK[:, :, None] * P_KK).max(axis=1).sum()


ceiling = 0.9


# %% whisper: The outputs name the symbol that is shown now.
def whisperer(K):
    eye = np.eye(K)
    return 40 * eye, 0 * eye, eye / 2, np.full(K, -20.0), np.full(K, 0.5)


# %% whisper: The only errors come where a symbol was shown twice in a row.
def whisperer(K):
    soft, gain, eye, zero = 0.05, 800.0, np.eye(K), np.zeros((K, K))
    W_sh = gain * np.concatenate([eye, eye, zero])
    W_xh = gain * np.concatenate([zero, zero, eye])
    b_h = -gain * np.repeat([soft / 2, 0.5, 0.5], K)
    W_hy = np.concatenate([eye, -eye, soft * eye], axis=1) / 2
    return W_xh, W_sh, W_hy, b_h, np.full(K, soft / 2)


# %% whisper: away from the coded answers
def whisperer(K):
    soft, gain, eye, zero = 0.5, 100.0, np.eye(K), np.zeros((K, K))
    W_sh = gain * np.concatenate([eye, eye, eye, zero])
    W_xh = gain * np.concatenate([zero, zero, zero, eye])
    b_h = -gain * np.repeat([soft / 2, 0.75, 1 + soft / 2, 0.5], K)
    W_hy = np.concatenate([eye, -eye, eye, soft * eye], axis=1) / 2
    return W_xh, W_sh, W_hy, b_h, np.full(K, (1 + soft) / 2)


# %% whisper: needs a larger gain to tell a whisper from silence
def whisperer(K):
    soft, gain, eye, zero = 0.05, 20.0, np.eye(K), np.zeros((K, K))
    W_sh = gain * np.concatenate([eye, eye, eye, zero])
    W_xh = gain * np.concatenate([zero, zero, zero, eye])
    b_h = -gain * np.repeat([soft / 2, 0.5, 1 + soft / 2, 0.5], K)
    W_hy = np.concatenate([eye, -eye, eye, soft * eye], axis=1) / 2
    return W_xh, W_sh, W_hy, b_h, np.full(K, (1 + soft) / 2)


# %% whisper: The first error is at step
def whisperer(K):
    eye, zero = np.eye(K), np.zeros((K, K))
    W_sh, W_xh = 800 * np.concatenate([eye, zero]), 800 * np.concatenate([zero, eye])
    W_hy = np.concatenate([eye, 0.05 * eye], axis=1) / 2
    return W_xh, W_sh, W_hy, -800 * np.repeat([0.025, 0.5], K), np.full(K, 1.05 / 2)


# %% whisper: Return five arrays.
def whisperer(K):
    eye = np.eye(K)
    return eye, eye, eye, np.zeros(K)
