# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% summary: The forward half is read in the padding
def summary(y_BT2H, lengths):
    H = y_BT2H.shape[2] // 2
    return np.concatenate([y_BT2H[:, -1, :H], y_BT2H[:, 0, H:]], axis=1)


# %% summary: The backward half is read after one step
def summary(y_BT2H, lengths):
    return y_BT2H[np.arange(len(y_BT2H)), lengths - 1]


# %% summary: The backward half is read in the padding
def summary(y_BT2H, lengths):
    return y_BT2H[:, -1]


# %% summary: The forward half is read in the padding of some rows
def summary(y_BT2H, lengths):
    H, rows = y_BT2H.shape[2] // 2, np.arange(len(y_BT2H))
    return np.concatenate([y_BT2H[rows, lengths, :H], y_BT2H[:, 0, H:]], axis=1)


# %% summary: The forward half is read after one step
def summary(y_BT2H, lengths):
    return y_BT2H[:, 0]


# %% summary: has not read all of each sequence
def summary(y_BT2H, lengths):
    real_BT = np.arange(y_BT2H.shape[1]) < lengths[:, None]
    return np.where(real_BT[:, :, None], y_BT2H, -np.inf).max(axis=1)


# %% summary: These are not numbers of the backward half
def summary(y_BT2H, lengths):
    H, rows = y_BT2H.shape[2] // 2, np.arange(len(y_BT2H))
    return np.concatenate([y_BT2H[:, 0, H:], y_BT2H[rows, lengths - 1, :H]], axis=1)


# %% lane: stand in two rows of one batch
def place(n, B, M, T):
    k, r = divmod(n, B * T)
    b, t = divmod(r, T)
    return k, b, t


# %% lane: Row and batch are swapped
def place(n, B, M, T):
    b, r = divmod(n, M * T)
    k, t = divmod(r, T)
    return b, k, t


# %% lane: Character 1 should stand right after character 0, in the same row.
def place(n, B, M, T):
    r, b = divmod(n, B)
    k, t = divmod(r, T)
    return k, b, t


# %% lane: Neighbouring pieces stand in one batch
def place(n, B, M, T):
    k, r = divmod(n, B * T)
    return k, *divmod(r, T)


# %% lane: counted from 0
def place(n, B, M, T):
    b, r = divmod(n, M * T)
    k, t = divmod(r, T)
    return k + 1, b + 1, t + 1


# %% lane: does not follow character
def place(n, B, M, T):
    b, r = divmod(n, M * T)
    return r % M, b, r // M


# %% lane: Two characters stand in the same place.
def place(n, B, M, T):
    return n // T % M, 0, n % T


# %% score: The same sequences, cut into other batches, get another score.
def mean_loss(batches):
    means = []
    for loss_BT, lengths in batches:
        real_BT = np.arange(loss_BT.shape[1]) < lengths[:, None]
        means.append(loss_BT[real_BT].mean())
    return np.mean(means)


# %% score: NaN or infinity in the padding spoils the result
def mean_loss(batches):
    total, count = 0.0, 0
    for loss_BT, lengths in batches:
        real_BT = np.arange(loss_BT.shape[1]) < lengths[:, None]
        total += (loss_BT * real_BT).sum()
        count += real_BT.sum()
    return total / count


# %% score: The number changes with the numbers in the padding.
def mean_loss(batches):
    total = sum(np.nansum(loss_BT) for loss_BT, _ in batches)
    return total / sum(np.isfinite(loss_BT).sum() for loss_BT, _ in batches)


# %% score: This is the mean over sequences
def mean_loss(batches):
    means = []
    for loss_BT, lengths in batches:
        means += [loss_T[:length].mean() for loss_T, length in zip(loss_BT, lengths)]
    return np.mean(means)


# %% score: This is the loss of a sequence, not of a step.
def mean_loss(batches):
    sums = []
    for loss_BT, lengths in batches:
        sums += [loss_T[:length].sum() for loss_T, length in zip(loss_BT, lengths)]
    return np.mean(sums)


# %% score: Where every real step has a loss of
def mean_loss(batches):
    total, count = 0.0, 0
    for loss_BT, lengths in batches:
        real_BT = np.arange(loss_BT.shape[1]) < lengths[:, None]
        total += np.where(real_BT, loss_BT, 0).sum()
        count += loss_BT.size
    return total / count


# %% widths: Widths at equal distances are at least as good.
widths = np.ceil(lengths_N.max() * np.arange(1, 5) / 4)

# %% widths: As many sequences in one width as in the next
widths = np.ceil(np.quantile(lengths_N, [0.25, 0.5, 0.75, 1]))

# %% widths: do not fit into any width
widths = np.ceil(np.quantile(lengths_N, [0.2, 0.4, 0.6, 0.8]))

# %% widths: The largest width is larger than any sequence needs.
widths = [*np.ceil(np.quantile(lengths_N, [0.5, 0.85, 0.95])), 80]

# %% widths: alone would save more than 1 %
widths = np.ceil(np.quantile(lengths_N, [0.25, 0.5, 0.85, 1]))


# %% backwards: this runs forwards
def read_back(data_PD, sizes, order, W_xh, W_hh, b_h):
    h_BH, start, y_PH = np.zeros((len(order), len(b_h))), 0, []
    for rows in sizes:
        x_BD = data_PD[start : start + rows]
        h_BH[:rows] = np.tanh(x_BD @ W_xh.T + h_BH[:rows] @ W_hh.T + b_h)
        y_PH.append(h_BH[:rows].copy())
        start += rows
    return np.concatenate(y_PH), h_BH[np.argsort(order)]


# %% backwards: A shorter sequence does not begin at its own end
def read_back(data_PD, sizes, order, W_xh, W_hh, b_h):
    h_BH = np.zeros((len(order), len(b_h)))
    starts, y_PH = np.cumsum([0, *sizes]), np.zeros((len(data_PD), len(b_h)))
    for t in reversed(range(len(sizes))):
        x_BD = np.zeros((len(order), data_PD.shape[1]))
        x_BD[: sizes[t]] = data_PD[starts[t] : starts[t + 1]]
        h_BH = np.tanh(x_BD @ W_xh.T + h_BH @ W_hh.T + b_h)
        y_PH[starts[t] : starts[t + 1]] = h_BH[: sizes[t]]
    return y_PH, h_BH[np.argsort(order)]


# %% backwards: with a state of zeros
def read_back(data_PD, sizes, order, W_xh, W_hh, b_h):
    h_BH, stop, y_PH = np.zeros((0, len(b_h))), len(data_PD), []
    for rows in reversed(sizes):
        x_BD = data_PD[stop - rows : stop]
        h_BH = np.concatenate([np.zeros((rows - len(h_BH), len(b_h))), h_BH])
        h_BH = np.tanh(x_BD @ W_xh.T + h_BH @ W_hh.T + b_h)
        y_PH.insert(0, h_BH)
        stop -= rows
    return np.concatenate(y_PH), h_BH[np.argsort(order)]


# %% backwards: end_BH is in sorted order
def read_back(data_PD, sizes, order, W_xh, W_hh, b_h):
    h_BH, stop, y_PH = np.zeros((len(order), len(b_h))), len(data_PD), []
    for rows in reversed(sizes):
        x_BD = data_PD[stop - rows : stop]
        h_BH[:rows] = np.tanh(x_BD @ W_xh.T + h_BH[:rows] @ W_hh.T + b_h)
        y_PH.insert(0, h_BH[:rows].copy())
        stop -= rows
    return np.concatenate(y_PH), h_BH


# %% backwards: sorting is to be undone, not done again
def read_back(data_PD, sizes, order, W_xh, W_hh, b_h):
    h_BH, stop, y_PH = np.zeros((len(order), len(b_h))), len(data_PD), []
    for rows in reversed(sizes):
        x_BD = data_PD[stop - rows : stop]
        h_BH[:rows] = np.tanh(x_BD @ W_xh.T + h_BH[:rows] @ W_hh.T + b_h)
        y_PH.insert(0, h_BH[:rows].copy())
        stop -= rows
    return np.concatenate(y_PH), h_BH[order]


# %% backwards: No state goes from one step to the next.
def read_back(data_PD, sizes, order, W_xh, W_hh, b_h):
    y_PH = np.tanh(data_PD @ W_xh.T + b_h)
    return y_PH, y_PH[: sizes[0]][np.argsort(order)]


# %% backwards: The longest sequence should begin at its last step
def read_back(data_PD, sizes, order, W_xh, W_hh, b_h):
    h_BH, start, y_PH = np.zeros((len(order), len(b_h))), 0, []
    data_PD = data_PD[::-1]
    for rows in sizes:
        x_BD = data_PD[start : start + rows]
        h_BH[:rows] = np.tanh(x_BD @ W_xh.T + h_BH[:rows] @ W_hh.T + b_h)
        y_PH.append(h_BH[:rows].copy())
        start += rows
    return np.concatenate(y_PH), h_BH[np.argsort(order)]


# %% backwards: This is the state where the reading begins
def read_back(data_PD, sizes, order, W_xh, W_hh, b_h):
    h_BH, stop, y_PH = np.zeros((len(order), len(b_h))), len(data_PD), []
    begin_BH, seen = np.zeros((len(order), len(b_h))), 0
    for rows in reversed(sizes):
        x_BD = data_PD[stop - rows : stop]
        h_BH[:rows] = np.tanh(x_BD @ W_xh.T + h_BH[:rows] @ W_hh.T + b_h)
        y_PH.insert(0, h_BH[:rows].copy())
        begin_BH[seen:rows] = h_BH[seen:rows]
        stop, seen = stop - rows, rows
    return np.concatenate(y_PH), begin_BH[np.argsort(order)]


# %% backwards: does not follow by the formula
def read_back(data_PD, sizes, order, W_xh, W_hh, b_h):
    h_BH, stop, y_PH = np.zeros((len(order), len(b_h))), len(data_PD), []
    for rows in reversed(sizes):
        x_BD = data_PD[stop - rows : stop]
        h_BH[:rows] = np.tanh(x_BD @ W_xh.T + h_BH[:rows] @ W_hh + b_h)
        y_PH.insert(0, h_BH[:rows].copy())
        stop -= rows
    return np.concatenate(y_PH), h_BH[np.argsort(order)]
