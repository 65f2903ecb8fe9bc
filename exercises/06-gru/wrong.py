# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% step: your step reads the rows in the order r z n.
def step(x_BD, h_BH, W_xh, W_hh, b_h):
    xr_BH, xz_BH, xn_BH = np.split(x_BD @ W_xh.T + b_h, 3, axis=1)
    W_hr, W_hz, W_hn = np.split(W_hh, 3)
    z_BH, r_BH = sigmoid(xz_BH + h_BH @ W_hz.T), sigmoid(xr_BH + h_BH @ W_hr.T)
    n_BH = np.tanh(xn_BH + (r_BH * h_BH) @ W_hn.T)
    return (1 - z_BH) * n_BH + z_BH * h_BH


# %% step: In your step z writes. Here it keeps the old state.
def step(x_BD, h_BH, W_xh, W_hh, b_h):
    xz_BH, xr_BH, xn_BH = np.split(x_BD @ W_xh.T + b_h, 3, axis=1)
    W_hz, W_hr, W_hn = np.split(W_hh, 3)
    z_BH, r_BH = sigmoid(xz_BH + h_BH @ W_hz.T), sigmoid(xr_BH + h_BH @ W_hr.T)
    n_BH = np.tanh(xn_BH + (r_BH * h_BH) @ W_hn.T)
    return (1 - z_BH) * h_BH + z_BH * n_BH


# %% step: is W_hn left out, or not transposed as in the formula?
def step(x_BD, h_BH, W_xh, W_hh, b_h):
    xz_BH, xr_BH, xn_BH = np.split(x_BD @ W_xh.T + b_h, 3, axis=1)
    W_hz, W_hr, W_hn = np.split(W_hh, 3)
    z_BH, r_BH = sigmoid(xz_BH + h_BH @ W_hz.T), sigmoid(xr_BH + h_BH @ W_hr.T)
    n_BH = np.tanh(xn_BH + (r_BH * h_BH) @ W_hn)
    return (1 - z_BH) * n_BH + z_BH * h_BH


# %% step: is W_hr left out, or not transposed as in the formula?
def step(x_BD, h_BH, W_xh, W_hh, b_h):
    xz_BH, xr_BH, xn_BH = np.split(x_BD @ W_xh.T + b_h, 3, axis=1)
    W_hz, W_hr, W_hn = np.split(W_hh, 3)
    z_BH, r_BH = sigmoid(xz_BH + h_BH @ W_hz.T), sigmoid(xr_BH + h_BH @ W_hr)
    n_BH = np.tanh(xn_BH + (r_BH * h_BH) @ W_hn.T)
    return (1 - z_BH) * n_BH + z_BH * h_BH


# %% step: is W_hz left out, or not transposed as in the formula?
def step(x_BD, h_BH, W_xh, W_hh, b_h):
    xz_BH, xr_BH, xn_BH = np.split(x_BD @ W_xh.T + b_h, 3, axis=1)
    W_hz, W_hr, W_hn = np.split(W_hh, 3)
    z_BH, r_BH = sigmoid(xz_BH), sigmoid(xr_BH + h_BH @ W_hr.T)
    n_BH = np.tanh(xn_BH + (r_BH * h_BH) @ W_hn.T)
    return (1 - z_BH) * n_BH + z_BH * h_BH


# %% step: a shut reset gate makes its own unit deaf
def step(x_BD, h_BH, W_xh, W_hh, b_h):
    xz_BH, xr_BH, xn_BH = np.split(x_BD @ W_xh.T + b_h, 3, axis=1)
    hz_BH, hr_BH, hn_BH = np.split(h_BH @ W_hh.T, 3, axis=1)
    z_BH, r_BH = sigmoid(xz_BH + hz_BH), sigmoid(xr_BH + hr_BH)
    return (1 - z_BH) * np.tanh(xn_BH + r_BH * hn_BH) + z_BH * h_BH


# %% step: The two gates are exchanged
def step(x_BD, h_BH, W_xh, W_hh, b_h):
    xr_BH, xz_BH, xn_BH = np.split(x_BD @ W_xh.T + b_h, 3, axis=1)
    hr_BH, hz_BH, hn_BH = np.split(h_BH @ W_hh.T, 3, axis=1)
    z_BH, r_BH = sigmoid(xz_BH + hz_BH), sigmoid(xr_BH + hr_BH)
    n_BH = np.tanh(xn_BH + r_BH * hn_BH)
    return (1 - z_BH) * n_BH + z_BH * h_BH


# %% step: A unit whose reset gate is shut is still read by a candidate.
def step(x_BD, h_BH, W_xh, W_hh, b_h):
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T + b_h
    az_BH, ar_BH, an_BH = np.split(a_BG, 3, axis=1)
    z_BH = sigmoid(az_BH)
    return (1 - z_BH) * np.tanh(an_BH) + z_BH * h_BH


# %% step: through a tanh
def step(x_BD, h_BH, W_xh, W_hh, b_h):
    xz_BH, xr_BH, xn_BH = np.split(x_BD @ W_xh.T + b_h, 3, axis=1)
    W_hz, W_hr, W_hn = np.split(W_hh, 3)
    z_BH, r_BH = sigmoid(xz_BH + h_BH @ W_hz.T), sigmoid(xr_BH + h_BH @ W_hr.T)
    return (1 - z_BH) * (xn_BH + (r_BH * h_BH) @ W_hn.T) + z_BH * h_BH


# %% units: The bias inside the reset gate, b_hn, is not counted.
def units(D, K, budget):
    H = 1
    while 3 * (H + 1) * (D + H + 2) + K * (H + 2) <= budget:
        H += 1
    return H


# %% units: The read-out has a bias as well.
def units(D, K, budget):
    H = 1
    while 3 * (H + 1) * (D + H + 2) + (H + 1) + K * (H + 1) <= budget:
        H += 1
    return H


# %% units: The read-out is not counted.
def units(D, K, budget):
    H = 1
    while 3 * (H + 1) * (D + H + 2) + (H + 1) <= budget:
        H += 1
    return H


# %% units: D and K are exchanged.
def units(D, K, budget):
    H = 1
    while 3 * (H + 1) * (K + H + 2) + (H + 1) + D * (H + 2) <= budget:
        H += 1
    return H


# %% units: You count two biases for every row
def units(D, K, budget):
    H = 1
    while 3 * (H + 1) * (D + H + 3) + K * (H + 2) <= budget:
        H += 1
    return H


# %% units: An LSTM has four blocks of rows, a GRU has three.
def units(D, K, budget):
    H = 1
    while 4 * (H + 1) * (D + H + 2) + K * (H + 2) <= budget:
        H += 1
    return H


# %% units: this number is above the budget
def units(D, K, budget):
    H = 1
    while 3 * H * (D + H + 1) + H + K * (H + 1) <= budget:
        H += 1
    return H


# %% units: A network with exactly as many parameters as the budget fits.
def units(D, K, budget):
    H = 1
    while 3 * (H + 1) * (D + H + 2) + (H + 1) + K * (H + 2) < budget:
        H += 1
    return H


# %% units: A number of units is one whole number.
def units(D, K, budget):
    b = 3 * D + 4 + K
    return ((b**2 + 12 * (budget - K)) ** 0.5 - b) / 6


# %% shares: In your shares z writes.
def shares(z_T):
    later = np.cumprod(np.concatenate([[1.0], 1 - z_T[::-1]]))[::-1]
    return np.concatenate([[1.0], z_T]) * later


# %% shares: The share of h_0 comes first
def shares(z_T):
    later = np.cumprod(np.concatenate([[1.0], z_T[::-1]]))[::-1]
    return (np.concatenate([[1.0], 1 - z_T]) * later)[::-1]


# %% shares: A candidate passes later gates z only, not that of its step.
def shares(z_T):
    later = np.cumprod(z_T[::-1])[::-1]
    return np.concatenate([later[:1], (1 - z_T) * later])


# %% shares: scaled by the gates of the steps after it, not of those before
def shares(z_T):
    before = np.cumprod(np.concatenate([[1.0], z_T]))
    return np.concatenate([before[-1:], (1 - z_T) * before[:-1]])


# %% shares: The shares of a mean add up to 1.
def shares(z_T):
    return np.cumprod(np.concatenate([[1.0], z_T[::-1]]))[::-1] * np.r_[1, 1 - z_T] ** len(z_T)


# %% shares: a product of gates has come down to 0, and you divide by it
def shares(z_T):
    kept = np.cumprod(z_T)
    return np.concatenate([kept[-1:], (1 - z_T) * kept[-1] / kept])


# %% shares: the array of shares should have shape (2,)
def shares(z_T):
    return (1 - z_T) * np.cumprod(np.concatenate([[1.0], z_T[:0:-1]]))[::-1]


# %% hand-over: the other program keeps as much as it should write
def to_other(W_xh, W_hh, b_h, b_hn):
    def ordered(W):
        W_r, W_z, W_n = np.split(W, 3)
        return np.concatenate([W_z, W_r, W_n])

    b_hh = np.concatenate([0 * b_hn, 0 * b_hn, b_hn])
    return ordered(W_xh), ordered(W_hh), ordered(b_h), b_hh


# %% hand-over: and z still keeps in the other program
def to_other(W_xh, W_hh, b_h, b_hn):
    def ordered(W):
        W_r, W_z, W_n = np.split(W, 3)
        return np.concatenate([W_z, W_r, W_n])

    b_hh = np.concatenate([0 * b_hn, 0 * b_hn, b_hn])
    return ordered(W_xh), ordered(W_hh), ordered(b_h), b_hh


# %% hand-over: The rows still stand in the order r z n.
def to_other(W_xh, W_hh, b_h, b_hn):
    def turned(W):
        W_r, W_z, W_n = np.split(W, 3)
        return np.concatenate([W_r, -W_z, W_n])

    b_hh = np.concatenate([0 * b_hn, 0 * b_hn, b_hn])
    return turned(W_xh), turned(W_hh), turned(b_h), b_hh


# %% hand-over: The bias b_hn is lost on the way.
def to_other(W_xh, W_hh, b_h, b_hn):
    def turned(W):
        W_r, W_z, W_n = np.split(W, 3)
        return np.concatenate([-W_z, W_r, W_n])

    return turned(W_xh), turned(W_hh), turned(b_h), 0 * b_h


# %% hand-over: The bias b_hn now stands outside of the reset gate.
def to_other(W_xh, W_hh, b_h, b_hn):
    def turned(W):
        W_r, W_z, W_n = np.split(W, 3)
        return np.concatenate([-W_z, W_r, W_n])

    H = len(b_hn)
    b_ih = turned(b_h)
    b_ih[2 * H :] += b_hn
    return turned(W_xh), turned(W_hh), b_ih, 0 * b_h


# %% hand-over: The bias b_hn is counted twice
def to_other(W_xh, W_hh, b_h, b_hn):
    def turned(W):
        W_r, W_z, W_n = np.split(W, 3)
        return np.concatenate([-W_z, W_r, W_n])

    b_hh = np.concatenate([0 * b_hn, 0 * b_hn, b_hn])
    return turned(W_xh), turned(W_hh), turned(b_h) + b_hh, b_hh


# %% hand-over: The sign of r has changed.
def to_other(W_xh, W_hh, b_h, b_hn):
    def turned(W):
        W_r, W_z, W_n = np.split(W, 3)
        return np.concatenate([-W_z, -W_r, W_n])

    b_hh = np.concatenate([0 * b_hn, 0 * b_hn, b_hn])
    return turned(W_xh), turned(W_hh), turned(b_h), b_hh


# %% hand-over: The two programs give other states, also where all biases are 0.
def to_other(W_xh, W_hh, b_h, b_hn):
    def ordered(W, sign):
        W_r, W_z, W_n = np.split(W, 3)
        return np.concatenate([sign * W_z, W_r, W_n])

    b_hh = np.concatenate([0 * b_hn, 0 * b_hn, b_hn])
    return ordered(W_xh, 1), ordered(W_hh, 1), ordered(b_h, -1), b_hh


# %% hand-over: though not where all biases are 0
def to_other(W_xh, W_hh, b_h, b_hn):
    def turned(W):
        W_r, W_z, W_n = np.split(W, 3)
        return np.concatenate([-W_z, W_r, W_n])

    b_r, b_z, b_n = np.split(b_h, 3)
    b_hh = np.concatenate([0 * b_hn, 0 * b_hn, b_hn])
    return turned(W_xh), turned(W_hh), np.concatenate([b_r, -b_z, b_n]), b_hh


# %% hand-over: The two programs give other states, also
def to_other(W_xh, W_hh, b_h, b_hn):
    def turned(W):
        W_r, W_z, W_n = np.split(W, 3)
        return np.concatenate([-W_z, W_r, W_n])

    b_hh = np.concatenate([0 * b_hn, 0 * b_hn, b_hn])
    swapped = np.concatenate([*np.split(W_hh, 3)[1::-1], np.split(W_hh, 3)[2]])
    return turned(W_xh), swapped, turned(b_h), b_hh


# %% toggle: The second 1 does not turn the state back
def toggle():
    W_xh = np.array([[0.0], [-40.0], [40.0]])
    return W_xh, np.zeros((3, 1)), np.array([20.0, 20.0, -20.0]), np.zeros(1)


# %% toggle: The first 1 should bring the state above 0.5
def toggle():
    W_xh = np.array([[0.0], [-40.0], [0.0]])
    W_hh = np.array([[0.0], [0.0], [-40.0]])
    return W_xh, W_hh, np.array([20.0, 20.0, 0.0]), np.zeros(1)


# %% toggle: At a 0 the state should stay on its side of 0.5
def toggle():
    W_hh = np.array([[0.0], [0.0], [-40.0]])
    return np.zeros((3, 1)), W_hh, np.array([20.0, -20.0, 20.0]), np.zeros(1)


# %% toggle: At a 0 the state should stay on its side of 0.5
def toggle():
    W_xh = np.array([[0.0], [-8.0], [0.0]])
    W_hh = np.array([[0.0], [0.0], [-40.0]])
    return W_xh, W_hh, np.array([20.0, 2.0, 20.0]), np.zeros(1)


# %% toggle: does not turn the state over
def toggle():
    return np.zeros((3, 1)), np.zeros((3, 1)), np.array([0.0, 20.0, 20.0]), np.zeros(1)


# %% toggle: At a 0 the state should stay on its side of 0.5
def toggle():
    W_xh = np.array([[0.0], [40.0], [0.0]])
    W_hh = np.array([[0.0], [0.0], [-40.0]])
    return W_xh, W_hh, np.array([20.0, -20.0, 20.0]), np.zeros(1)


# %% toggle: In a row of ones the state soon stops turning over.
def toggle():
    W_xh = np.array([[0.0], [-40.0], [0.0]])
    W_hh = np.array([[0.0], [0.0], [-0.9]])
    return W_xh, W_hh, np.array([20.0, 20.0, 0.8]), np.zeros(1)
