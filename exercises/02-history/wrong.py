# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% forget: the diagonal was 0 and should stay 0
def forget(W, x_N):
    return W - np.outer(x_N, x_N) / len(x_N)


# %% forget: Too much is taken away
def forget(W, x_N):
    return W - np.outer(x_N, x_N) + np.eye(len(x_N))


# %% forget: Now the pattern is stored once more.
def forget(W, x_N):
    N = len(x_N)
    return W + (np.outer(x_N, x_N) - np.eye(N)) / N


# %% forget: These are not the weights of the other patterns.
def forget(W, x_N):
    return W / 2


# %% forget: Stored twice and forgotten once, a pattern should be there once.
def forget(W, x_N):
    return 0 * W


# %% sweep: mind the order
def sweep(W, s_N, order):
    s_N = s_N.copy()
    for i in range(len(s_N)):
        a = W[i] @ s_N
        if a != 0:
            s_N[i] = np.sign(a)
    return s_N


# %% sweep: A unit whose sum is 0 goes to 0
def sweep(W, s_N, order):
    s_N = s_N.copy()
    for i in order:
        s_N[i] = np.sign(W[i] @ s_N)
    return s_N


# %% sweep: A unit whose sum is 0 is switched on
def sweep(W, s_N, order):
    s_N = s_N.copy()
    for i in order:
        s_N[i] = 1 if W[i] @ s_N >= 0 else -1
    return s_N


# %% sweep: One sweep is asked for
def sweep(W, s_N, order):
    before, s_N = None, s_N.copy()
    while before is None or (before != s_N).any():
        before = s_N.copy()
        for i in order:
            a = W[i] @ s_N
            if a != 0:
                s_N[i] = np.sign(a)
    return s_N


# %% sweep: half of the units should end at 1
def sweep(W, s_N, order):
    s_N = s_N.copy()
    a_N = W @ s_N
    for i in order:
        if a_N[i] != 0:
            s_N[i] = np.sign(a_N[i])
            a_N = a_N + W[:, i] * s_N[i]
    return s_N


# %% tune: its last note is followed by its first
now_T, next_T = tune_T[:-1], tune_T[1:]
squares = [(now_T == note).sum() * next_T[now_T == note].var() for note in np.unique(now_T)]
floor_none, floor_last = tune_T.std(), (sum(squares) / len(now_T)) ** 0.5

# %% tune: Frequent notes count more often.
next_T = np.roll(tune_T, -1)
squares = [next_T[tune_T == note].var() for note in np.unique(tune_T)]
floor_none, floor_last = tune_T.std(), np.mean(squares) ** 0.5

# %% tune: The root comes last.
next_T = np.roll(tune_T, -1)
spreads = [(tune_T == note).sum() * next_T[tune_T == note].std() for note in np.unique(tune_T)]
floor_none, floor_last = tune_T.std(), sum(spreads) / len(tune_T)

# %% tune: The root comes last.
next_T = np.roll(tune_T, -1)
spreads = [next_T[tune_T == note].std() for note in np.unique(tune_T)]
floor_none, floor_last = tune_T.std(), np.mean(spreads)

# %% tune: This is the mean squared error, without the root.
next_T = np.roll(tune_T, -1)
squares = [(tune_T == note).sum() * next_T[tune_T == note].var() for note in np.unique(tune_T)]
floor_none, floor_last = tune_T.var(), sum(squares) / len(tune_T)

# %% tune: This network repeats the last note.
floor_none = (tune_T**2).mean() ** 0.5
floor_last = ((tune_T - np.roll(tune_T, -1)) ** 2).mean() ** 0.5

# %% tune: There is a better constant.
floor_none = (tune_T**2).mean() ** 0.5
floor_last = 0.0


# %% estimate: This is the probability for one unit, not for all of them.
def share_kept(P, N, off):
    if P == 1:
        return 1.0
    return below(math.sqrt(N / (P - 1) / (1 if off == -1 else 2)))


# %% estimate: How many others make noise?
def share_kept(P, N, off):
    if P == 1:
        return 1.0
    return below(math.sqrt(N / P / (1 if off == -1 else 2))) ** N


# %% estimate: Divide the signal by the root of the variance.
def share_kept(P, N, off):
    if P == 1:
        return 1.0
    return below(N / (P - 1) / (1 if off == -1 else 2)) ** N


# %% estimate: only one side counts
def share_kept(P, N, off):
    if P == 1:
        return 1.0
    z = math.sqrt(N / (P - 1) / (1 if off == -1 else 2))
    return (2 * below(z) - 1) ** N


# %% estimate: With units of 1 and 0 the noise is larger for the signal.
def share_kept(P, N, off):
    return 1.0 if P == 1 else below(math.sqrt(N / (P - 1))) ** N


# %% estimate: Here the signal is halved and the noise is as it was.
def share_kept(P, N, off):
    if P == 1:
        return 1.0
    return below(math.sqrt(N / (P - 1)) * (1 if off == -1 else 1 / 2)) ** N


# %% estimate: A single pattern meets no noise
def share_kept(P, N, off):
    return 0.4


# %% adder: Values that nobody marked are written
def adder():
    W_xh = np.array([[0, 6], [0.02, 0], [0, 0]])
    return W_xh, np.zeros((3, 1)), np.array([-3, 0, 20]), 1 / 0.02 / 0.9526, 0.0


# %% adder: a tanh bends them
def adder():
    W_xh = np.array([[0, 40], [0.3, 0], [0, 0]])
    return W_xh, np.zeros((3, 1)), np.array([-20, 0, 20]), 1 / 0.3, 0.0


# %% adder: The answer does not depend on the marked value.
def adder():
    W_xh = np.array([[0, 40], [0, 0], [0, 0]])
    return W_xh, np.zeros((3, 1)), np.array([-20, 0.01, 20]), 50.0, 0.0


# %% adder: The output gate is shut
def adder():
    W_xh = np.array([[0, 40], [0.02, 0], [0, 0]])
    return W_xh, np.zeros((3, 1)), np.array([-20, 0, -20]), 50.0, 0.0


# %% adder: In a sequence of one marked step the answer should be its value
def adder():
    W_xh = np.array([[0, 40], [2.0, 0], [0, 0]])
    return W_xh, np.zeros((3, 1)), np.array([-20, 0, 20]), 1.0, 0.0
