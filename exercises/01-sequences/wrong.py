# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% bits: This is in natural units; bits need logarithms to base 2.
def bits_per_character(y_TV, next_T):
    y_TV = y_TV - y_TV.max(axis=1, keepdims=True)
    total_T = np.log(np.exp(y_TV).sum(axis=1))
    return (total_T - y_TV[np.arange(len(y_TV)), next_T]).mean()


# %% bits: This is the sum over the text; a mean is asked for.
def bits_per_character(y_TV, next_T):
    y_TV = y_TV - y_TV.max(axis=1, keepdims=True)
    total_T = np.log2(np.exp(y_TV).sum(axis=1))
    return (total_T - y_TV[np.arange(len(y_TV)), next_T] / np.log(2)).sum()


# %% bits: The softmax runs along a row: one step adds up to 1.
def bits_per_character(y_TV, next_T):
    e_TV = np.exp(y_TV - y_TV.max())
    p_TV = e_TV / e_TV.sum(axis=0)
    return -np.log2(p_TV[np.arange(len(y_TV)), next_T]).mean()


# %% bits: Scores in the thousands give NaN or infinity
def bits_per_character(y_TV, next_T):
    p_TV = np.exp(y_TV) / np.exp(y_TV).sum(axis=1, keepdims=True)
    return -np.log2(p_TV[np.arange(len(y_TV)), next_T]).mean()


# %% bits: Do not go through its probability
def bits_per_character(y_TV, next_T):
    e_TV = np.exp(y_TV - y_TV.max(axis=1, keepdims=True))
    p_TV = e_TV / e_TV.sum(axis=1, keepdims=True)
    return -np.log2(p_TV[np.arange(len(y_TV)), next_T] + 1e-12).mean()


# %% bits: Each character is charged first and the charges are averaged
def bits_per_character(y_TV, next_T):
    e_TV = np.exp(y_TV - y_TV.max(axis=1, keepdims=True))
    p_TV = e_TV / e_TV.sum(axis=1, keepdims=True)
    return -np.log2(p_TV[np.arange(len(y_TV)), next_T].mean())


# %% bits: Raise the score of what comes, and the network should be charged less.
def bits_per_character(y_TV, next_T):
    return np.log2(y_TV.shape[1])


# %% loop: The result should have shape
def run(x_BTD, W_xh, W_hh, b_h):
    h_BH, states = np.zeros((len(x_BTD), len(b_h))), []
    for x_BD in x_BTD.swapaxes(0, 1):
        h_BH = np.tanh(x_BD @ W_xh.T + h_BH @ W_hh.T + b_h)
        states.append(h_BH)
    return np.stack(states)


# %% loop: nothing is carried over time
def run(x_BTD, W_xh, W_hh, b_h):
    h_BTH = [np.tanh(x_TD @ W_xh.T + b_h) for x_TD in x_BTD]
    return np.stack(h_BTH)


# %% loop: examples see each other
def run(x_BTD, W_xh, W_hh, b_h):
    h_H, h_BTH = np.zeros(len(b_h)), np.zeros((*x_BTD.shape[:2], len(b_h)))
    for b, x_TD in enumerate(x_BTD):
        for t, x_D in enumerate(x_TD):
            h_H = np.tanh(W_xh @ x_D + W_hh @ h_H + b_h)
            h_BTH[b, t] = h_H
    return h_BTH


# %% loop: A state depends on an input that comes later.
def run(x_BTD, W_xh, W_hh, b_h):
    h_BH, states = np.zeros((len(x_BTD), len(b_h))), []
    for x_BD in x_BTD.swapaxes(0, 1)[::-1]:
        h_BH = np.tanh(x_BD @ W_xh.T + h_BH @ W_hh.T + b_h)
        states.append(h_BH)
    return np.stack(states[::-1], axis=1)


# %% loop: The recurrent weights are transposed
def run(x_BTD, W_xh, W_hh, b_h):
    h_BH, states = np.zeros((len(x_BTD), len(b_h))), []
    for x_BD in x_BTD.swapaxes(0, 1):
        h_BH = np.tanh(x_BD @ W_xh.T + h_BH @ W_hh + b_h)
        states.append(h_BH)
    return np.stack(states, axis=1)


# %% lag: This is in natural units, not in bits.
def nats_at(lag):
    n_VV = np.zeros((5, 5))
    np.add.at(n_VV, (x_T[:-lag], x_T[lag:]), 1)
    p_VV = n_VV / n_VV.sum(axis=1, keepdims=True)
    return -np.log(p_VV[x_T[:-lag], x_T[lag:]]).mean()


best_bits, best_lag = min((nats_at(lag), lag) for lag in range(1, 31))


# %% lag: This is what a pair costs, both symbols together.
def bits_at(lag):
    n_VV = np.zeros((5, 5))
    np.add.at(n_VV, (x_T[:-lag], x_T[lag:]), 1)
    return -np.log2(n_VV[x_T[:-lag], x_T[lag:]] / n_VV.sum()).mean()


best_bits, best_lag = min((bits_at(lag), lag) for lag in range(1, 31))


# %% lag: All contexts have the same weight here.
def bits_at(lag):
    n_VV = np.zeros((5, 5))
    np.add.at(n_VV, (x_T[:-lag], x_T[lag:]), 1)
    p_VV = n_VV / n_VV.sum(axis=1, keepdims=True)
    return -(p_VV * np.log2(np.where(p_VV > 0, p_VV, 1))).sum(axis=1).mean()


best_bits, best_lag = min((bits_at(lag), lag) for lag in range(1, 31))

# %% lag: Here a symbol repeats most often.
best_lag = 1 + int(np.argmax([(x_T[:-lag] == x_T[lag:]).mean() for lag in range(1, 31)]))
best_bits = 2.0


# %% lag: A model that sees nothing, or only the last symbol, costs this.
p_V = np.bincount(x_T) / len(x_T)
best_lag, best_bits = 1, -(p_V * np.log2(p_V)).sum()


# %% blocks: A guess is not always wrong
def share_right(T, b, k, V):
    return 1 - k * (T // b - 1) / (T - k)


# %% blocks: In a single block all that is asked for is known.
def share_right(T, b, k, V):
    return 1 - (1 - 1 / V) * k / b


# %% blocks: The first k steps count neither way.
def share_right(T, b, k, V):
    return 1 - (1 - 1 / V) * k * (T // b - 1) / T


# %% blocks: In the first block nothing is guessed, since nothing is asked
def share_right(T, b, k, V):
    return 1 - (1 - 1 / V) * k * (T // b) / (T - k)


# %% blocks: In a very long sequence k of the b answers of a block are guesses.
def share_right(T, b, k, V):
    return 1 - (1 - 1 / V) * (T // b - 1) / (T - k)


# %% blocks: The share of right answers falls with each further block.
def share_right(T, b, k, V):
    return 1.0


# %% parity: The output shows the present input and nothing else.
def parity():
    one = np.array([1.0])
    return np.array([[0.0, 20.0, 0.0]]), np.zeros((1, 1)), -10 * one, one, 0.0


# %% parity: The output says whether a one has come at all.
def parity():
    one = np.array([1.0])
    return np.array([[0.0, 40.0, -80.0]]), np.array([[20.0]]), -10 * one, one, 0.0


# %% parity: R makes no difference yet.
def parity():
    W_xh = np.array([[0.0, 20.0, 0.0], [0.0, 20.0, 0.0]])
    W_hh = np.array([[10.0, -10.0], [10.0, -10.0]])
    return W_xh, W_hh, np.array([-10.0, -30.0]), np.array([0.5, -0.5]), -0.5


# %% parity: After the inputs
def parity():
    W_xh = np.array([[0.0, 20.0, -10.0], [0.0, 20.0, -10.0]])  # R is too weak
    W_hh = np.array([[10.0, -10.0], [10.0, -10.0]])
    return W_xh, W_hh, np.array([-10.0, -30.0]), np.array([0.5, -0.5]), -0.5


# %% parity: Odd and even are exchanged
def parity():
    W_xh = np.array([[0.0, 20.0, -40.0], [0.0, 20.0, -40.0]])
    W_hh = np.array([[10.0, -10.0], [10.0, -10.0]])
    return W_xh, W_hh, np.array([-10.0, -30.0]), np.array([-0.5, 0.5]), 0.5


# %% parity: forgets all earlier ones
def parity():
    W_xh = np.array([[0.0, 20.0, 0.0], [0.0, 20.0, -40.0], [0.0, 20.0, -40.0]])
    W_hh = np.array([[0.0, 0, 0], [20, 0, 0], [20, 0, 0]])
    return W_xh, W_hh, np.array([0.0, -10, -30]), np.array([0, 0.5, -0.5]), -0.5


# %% parity: otherwise small errors add up
def parity():
    W_xh = np.array([[0.0, 2.0, -4.0], [0.0, 2.0, -4.0]])
    W_hh = np.array([[1.0, -1.0], [1.0, -1.0]])
    return W_xh, W_hh, np.array([-1.0, -3.0]), np.array([3.0, -3.0]), -2.7


# %% parity: the output is wrong.
def parity():
    W_xh = np.array([[0.0, 20.0, -40.0], [0.0, 20.0, -40.0]])
    W_hh = np.array([[10.0, 10.0], [-10.0, -10.0]])
    return W_xh, W_hh, np.array([-10.0, -30.0]), np.array([0.5, -0.5]), -0.5


# %% parity: W_xh should have shape
def parity():
    W_hh = np.array([[10.0, -10.0], [10.0, -10.0]])
    return np.full((2, 1), 20.0), W_hh, np.array([-10.0, -30.0]), np.array([0.5, -0.5]), -0.5
