# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% units: The number of outputs makes no difference
def units_for(budget, D, V, G):
    linear = G * (D + 1)
    return int((np.sqrt(linear**2 + 4 * G * budget) - linear) / (2 * G))


# %% units: Each block has one bias here, not two.
def units_for(budget, D, V, G):
    H = 1
    while G * ((H + 1) * D + (H + 1) ** 2 + 2 * (H + 1)) + V * (H + 1) + V <= budget:
        H += 1
    return H


# %% units: The read-out is there once, not once a block.
def units_for(budget, D, V, G):
    linear = D + 1 + V
    return int((np.sqrt(linear**2 + 4 * (budget / G - V)) - linear) / 2)


# %% units: The more blocks, the fewer units a budget buys.
def units_for(budget, D, V, G):
    linear = D + 1 + V
    return int((np.sqrt(linear**2 + 4 * (budget - V)) - linear) / 2)


# %% units: So many units cost more than the budget.
def units_for(budget, D, V, G):
    linear = G * (D + 1) + V
    return int(np.ceil((np.sqrt(linear**2 + 4 * G * (budget - V)) - linear) / (2 * G)))


# %% units: A number of units is whole.
def units_for(budget, D, V, G):
    linear = G * (D + 1) + V
    return (np.sqrt(linear**2 + 4 * G * (budget - V)) - linear) / (2 * G)


# %% units: For a budget of
def units_for(budget, D, V, G):
    return int(np.sqrt(budget / G))


# %% half: The slope is w only where h is 0.
def unit_for(h, n):
    w = 0.5 ** (1 / n)
    return w, np.arctanh(h) - w * h


# %% half: Solve s = w (1 - h * h) for w again.
def unit_for(h, n):
    w = 0.5 ** (1 / n) * (1 - h**2)
    return w, np.arctanh(h) - w * h


# %% half: After n steps 1/e is left, not 1/2.
def unit_for(h, n):
    w = np.exp(-1 / n) / (1 - h**2)
    return w, np.arctanh(h) - w * h


# %% half: The bias has the wrong sign.
def unit_for(h, n):
    w = 0.5 ** (1 / n) / (1 - h**2)
    return w, w * h - np.arctanh(h)


# %% half: the next step goes to
def unit_for(h, n):
    return 0.5 ** (1 / n) / (1 - h**2), 0.0


# %% half: h is a tanh already; not twice.
def unit_for(h, n):
    w = 0.5 ** (1 / n) / (1 - np.tanh(h) ** 2)
    return w, np.arctanh(h) - w * h


# %% half: of a distance is left, not 0.5
def unit_for(h, n):
    w = (1 - 0.5 / n) / (1 - h**2)
    return w, np.arctanh(h) - w * h


# %% fading: and turns it. You return
def fading(W_hh, b_H):
    rest_H = np.zeros(len(b_H))
    for _ in range(2000):
        rest_H = np.tanh(W_hh @ rest_H + b_H)
    J_HH = (1 - rest_H**2)[:, None] * W_hh
    return abs(np.linalg.eigvals(J_HH).real).max()


# %% fading: the imaginary part does not count yet
def fading(W_hh, b_H):
    rest_H = np.zeros(len(b_H))
    for _ in range(2000):
        rest_H = np.tanh(W_hh @ rest_H + b_H)
    J_HH = (1 - rest_H**2)[:, None] * W_hh
    leading = np.linalg.eigvals(J_HH)
    return abs(leading.real).max()


# %% fading: This is the largest singular value, a bound for one step and not the long run.
def fading(W_hh, b_H):
    rest_H = np.zeros(len(b_H))
    for _ in range(2000):
        rest_H = np.tanh(W_hh @ rest_H + b_H)
    return np.linalg.norm((1 - rest_H**2)[:, None] * W_hh, 2)


# %% fading: Where the unit rests counts, too.
def fading(W_hh, b_H):
    return np.abs(np.linalg.eigvals(W_hh)).max()


# %% fading: For one unit it is the size of the slope at rest.
def fading(W_hh, b_H):
    rest_H = np.zeros(len(b_H))
    for _ in range(2000):
        rest_H = np.tanh(W_hh @ rest_H + b_H)
    J_HH = (1 - np.tanh(rest_H) ** 2)[:, None] * W_hh
    return np.abs(np.linalg.eigvals(J_HH)).max()


# %% fading: This is the size of the eigenvalue whose real part is largest.
def fading(W_hh, b_H):
    rest_H = np.zeros(len(b_H))
    for _ in range(2000):
        rest_H = np.tanh(W_hh @ rest_H + b_H)
    eigenvalues = np.linalg.eigvals((1 - rest_H**2)[:, None] * W_hh)
    return abs(eigenvalues[eigenvalues.real.argmax()])


# %% fading: shrinks a distance all the same
def fading(W_hh, b_H):
    rest_H = np.zeros(len(b_H))
    for _ in range(2000):
        rest_H = np.tanh(W_hh @ rest_H + b_H)
    return np.linalg.eigvals((1 - rest_H**2)[:, None] * W_hh).real.min()


# %% push: This would be right without the bias.
h_turn = np.sqrt(1 - 1 / w_hh)
x_up = (w_hh * h_turn - np.arctanh(h_turn)) / w_xh
x_down = -x_up

# %% push: This much must come through the weight on the input.
h_turn = np.sqrt(1 - 1 / w_hh)
b_turn = w_hh * h_turn - np.arctanh(h_turn)
x_up, x_down = b_turn - bias, -b_turn - bias

# %% push: With a bias, down is no mirror image of up.
h_turn = np.sqrt(1 - 1 / w_hh)
x_up = (w_hh * h_turn - np.arctanh(h_turn) - bias) / w_xh
x_down = -x_up

# %% push: Input and bias add up; look at the signs.
h_turn = np.sqrt(1 - 1 / w_hh)
b_turn = w_hh * h_turn - np.arctanh(h_turn)
x_up, x_down = (b_turn + bias) / w_xh, (-b_turn + bias) / w_xh

# %% push: x_up is a positive number
h_turn = np.sqrt(1 - 1 / w_hh)
b_turn = w_hh * h_turn - np.arctanh(h_turn)
x_up, x_down = (-b_turn - bias) / w_xh, (b_turn - bias) / w_xh

# %% push: moves the unit as well, and is smaller in size.
x_up, x_down = 5.0, -5.0

# %% push: does not move the unit yet
x_up, x_down = 0.01, -0.01


# %% automaton: several units are on
def network_of(to_SX):
    S, X = to_SX.shape
    state_H, symbol_H = np.divmod(np.arange(S * X), X)
    W_hy = np.eye(S)[:, to_SX.ravel()] / 2
    b_y = W_hy.sum(axis=1)
    W_xh, W_hh = 20 * np.eye(X)[symbol_H], 20 * W_hy[state_H]
    return W_xh, W_hh, 20 * (b_y[state_H] - 0.5), 2 * np.eye(S * X)[0] - 1, W_hy, b_y


# %% automaton: After one symbol no unit is on.
def network_of(to_SX):
    S, X = to_SX.shape
    state_H, symbol_H = np.divmod(np.arange(S * X), X)
    W_hy = np.eye(S)[:, to_SX.ravel()]
    W_xh, W_hh = 100 * np.eye(X)[symbol_H], 100 * W_hy[state_H]
    return W_xh, W_hh, np.full(S * X, -150.0), 2 * np.eye(S * X)[0] - 1, W_hy, np.zeros(S)


# %% automaton: Some units stand between -1 and 1
def network_of(to_SX):
    S, X = to_SX.shape
    state_H, symbol_H = np.divmod(np.arange(S * X), X)
    W_hy = np.eye(S)[:, to_SX.ravel()] / 2
    b_y = W_hy.sum(axis=1)
    W_xh, W_hh = np.eye(X)[symbol_H], W_hy[state_H]
    return W_xh, W_hh, b_y[state_H] - 1.5, 2 * np.eye(S * X)[0] - 1, W_hy, b_y


# %% automaton: The outputs name the state before the symbol.
def network_of(to_SX):
    S, X = to_SX.shape
    state_H, symbol_H = np.divmod(np.arange(S * X), X)
    leads_SH = np.eye(S)[:, to_SX.ravel()] / 2
    W_xh, W_hh = 20 * np.eye(X)[symbol_H], 20 * leads_SH[state_H]
    b_h = 20 * (leads_SH.sum(axis=1)[state_H] - 1.5)
    return W_xh, W_hh, b_h, 2 * np.eye(S * X)[0] - 1, np.eye(S)[:, state_H], np.zeros(S) + X


# %% automaton: The first error is at symbol
def network_of(to_SX):
    S, X = to_SX.shape
    state_H, symbol_H = np.divmod(np.arange(S * X), X)
    W_hy = np.eye(S)[:, to_SX.ravel()] / 2
    b_y = W_hy.sum(axis=1)
    own_SH = np.eye(S)[:, state_H] / 2
    W_xh, W_hh = 20 * np.eye(X)[symbol_H], 20 * own_SH[state_H]
    b_h = 20 * (own_SH.sum(axis=1)[state_H] - 1.5)
    return W_xh, W_hh, b_h, 2 * np.eye(S * X)[0] - 1, W_hy, b_y


# %% automaton: The read-out is not: the largest output is that of another state.
def network_of(to_SX):
    S, X = to_SX.shape
    state_H, symbol_H = np.divmod(np.arange(S * X), X)
    W_hy = np.eye(S)[:, to_SX.ravel()] / 2
    b_y = W_hy.sum(axis=1)
    W_xh, W_hh = 20 * np.eye(X)[symbol_H], 20 * W_hy[state_H]
    return W_xh, W_hh, 20 * (b_y[state_H] - 1.5), 2 * np.eye(S * X)[0] - 1, W_hy, 0 * b_y


# %% automaton: The read-out is not: the largest output is that of another state.
def network_of(to_SX):
    S, X = to_SX.shape
    state_H, symbol_H = np.divmod(np.arange(S * X), X)
    leads_SH = np.eye(S)[:, to_SX.ravel()] / 2
    W_xh, W_hh = 20 * np.eye(X)[symbol_H], 20 * leads_SH[state_H]
    b_h = 20 * (leads_SH.sum(axis=1)[state_H] - 1.5)
    return W_xh, W_hh, b_h, 2 * np.eye(S * X)[0] - 1, np.eye(S)[::-1, to_SX.ravel()], np.zeros(S) + X


# %% automaton: Some units stand between -1 and 1
def network_of(to_SX):
    S, X = to_SX.shape
    state_H, symbol_H = np.divmod(np.arange(S * X), X)
    W_hy = np.eye(S)[:, to_SX.ravel()] / 2
    b_y = W_hy.sum(axis=1)
    W_xh, W_hh = 3 * np.eye(X)[symbol_H], 3 * W_hy[state_H]
    return W_xh, W_hh, 3 * (b_y[state_H] - 1.5), 2 * np.eye(S * X)[0] - 1, W_hy, b_y


# %% automaton: Return six arrays.
def network_of(to_SX):
    S, X = to_SX.shape
    state_H, symbol_H = np.divmod(np.arange(S * X), X)
    W_hy = np.eye(S)[:, to_SX.ravel()] / 2
    b_y = W_hy.sum(axis=1)
    W_xh, W_hh = 20 * np.eye(X)[symbol_H], 20 * W_hy[state_H]
    return W_xh, W_hh, 20 * (b_y[state_H] - 1.5), 2 * np.eye(S * X)[0] - 1
