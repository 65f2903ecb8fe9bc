# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% ends: a reshape alone does not move the batch's axis
def ends(h_n):
    rows, B, H = h_n.shape
    return h_n.reshape(B, rows // 2, 2 * H)


# %% ends: Your rows are first all forward readers, then all backward ones.
def ends(h_n):
    rows, B, H = h_n.shape
    h_DLBH = h_n.reshape(2, rows // 2, B, H)
    return h_DLBH.transpose(2, 1, 0, 3).reshape(B, rows // 2, 2 * H)


# %% ends: The forward reader comes first in each layer.
def ends(h_n):
    return np.concatenate([h_n[1::2], h_n[::2]], axis=2).transpose(1, 0, 2)


# %% ends: The lowest layer comes first.
def ends(h_n):
    return np.concatenate([h_n[::2], h_n[1::2]], axis=2).transpose(1, 0, 2)[:, ::-1]


# %% ends: The units of a reader are out of order
def ends(h_n):
    rows, B, H = h_n.shape
    h_LDBH = h_n.reshape(rows // 2, 2, B, H)
    return h_LDBH.transpose(2, 0, 3, 1).reshape(B, rows // 2, 2 * H)


# %% ends: The result should have shape
def ends(h_n):
    return np.concatenate([h_n[-2], h_n[-1]], axis=1)


# %% ends: The result should have shape
def ends(h_n):
    return np.concatenate([h_n[::2], h_n[1::2]], axis=2)


# %% ends: Some readers stand in another layer or half.
def ends(h_n):
    return np.concatenate([h_n[::2], h_n[::2]], axis=2).transpose(1, 0, 2)


# %% time-first: its states are not back in order
def both_ways(x_TBD, ahead, back):
    y_TBH = read(x_TBD, *ahead)
    z_TBH = read(np.flip(x_TBD, 0), *back)
    return np.concatenate([y_TBH, z_TBH], axis=2)


# %% time-first: what belongs to the last step
def both_ways(x_TBD, ahead, back):
    return np.concatenate([read(x_TBD, *ahead), read(x_TBD[::-1], *back)], axis=2)


# %% time-first: the batch is mixed
def both_ways(x_TBD, ahead, back):
    y_TBH = read(x_TBD, *ahead)
    z_TBH = read(np.flip(x_TBD, 0), *back)
    return np.concatenate([y_TBH, np.flip(z_TBH, 1)], axis=2)


# %% time-first: the sequences of the batch are exchanged, and its steps are reversed
def both_ways(x_TBD, ahead, back):
    z_TBH = read(x_TBD[::-1], *back)
    return np.concatenate([read(x_TBD, *ahead), z_TBH[:, ::-1]], axis=2)


# %% time-first: the backward half's first output does not move.
def both_ways(x_TBD, ahead, back):
    return np.concatenate([read(x_TBD, *ahead), read(x_TBD, *back)], axis=2)


# %% time-first: np.flip reverses every axis
def both_ways(x_TBD, ahead, back):
    z_TBH = np.flip(read(np.flip(x_TBD), *back))
    return np.concatenate([read(x_TBD, *ahead), z_TBH], axis=2)


# %% time-first: The forward half comes first in the output.
def both_ways(x_TBD, ahead, back):
    z_TBH = np.flip(read(np.flip(x_TBD, 0), *back), 0)
    return np.concatenate([z_TBH, read(x_TBD, *ahead)], axis=2)


# %% time-first: Each reader has weights of its own.
def both_ways(x_TBD, ahead, back):
    z_TBH = np.flip(read(np.flip(x_TBD, 0), *ahead), 0)
    return np.concatenate([read(x_TBD, *ahead), z_TBH], axis=2)


# %% look-ahead: count only outputs before the step that is
def look_ahead(model, x_BTD):
    y_BTK, furthest = model(x_BTD), 0
    for s in range(x_BTD.shape[1]):
        other_BTD = x_BTD.copy()
        other_BTD[:, s] += 1
        moved = np.flatnonzero((model(other_BTD) != y_BTK).any(axis=(0, 2)))
        furthest = max(furthest, np.abs(moved - s).max())
    return furthest


# %% look-ahead: and exchange each step in a fresh copy
def look_ahead(model, x_BTD):
    y_BTK, furthest = model(x_BTD), 0
    for s in range(x_BTD.shape[1]):
        x_BTD[:, s] += 1
        moved_T = (model(x_BTD) != y_BTK).any(axis=(0, 2))
        furthest = max(furthest, s - moved_T.argmax())
    return furthest


# %% look-ahead: exchange every step in turn
def look_ahead(model, x_BTD):
    other_BTD = x_BTD.copy()
    other_BTD[:, -1] += 1
    moved_T = (model(other_BTD) != model(x_BTD)).any(axis=(0, 2))
    return x_BTD.shape[1] - 1 - moved_T.argmax()


# %% look-ahead: has look-ahead 0, not 1
def look_ahead(model, x_BTD):
    y_BTK, furthest = model(x_BTD), 0
    for s in range(x_BTD.shape[1]):
        other_BTD = x_BTD.copy()
        other_BTD[:, s] += 1
        moved_T = (model(other_BTD) != y_BTK).any(axis=(0, 2))
        furthest = max(furthest, s - moved_T.argmax() + 1)
    return furthest


# %% look-ahead: Some inputs of it move no output at all.
def look_ahead(model, x_BTD):
    y_BTK, furthest = model(x_BTD), 0
    for s in range(x_BTD.shape[1]):
        other_BTD = x_BTD.copy()
        other_BTD[:, s] += 1
        moved_T = (model(other_BTD) != y_BTK).any(axis=(0, 2))
        furthest = max(furthest, s - int(moved_T.argmax()))
    return furthest


# %% look-ahead: ValueError
def look_ahead(model, x_BTD):
    y_BTK, furthest = model(x_BTD), 0
    for s in range(x_BTD.shape[1]):
        other_BTD = x_BTD.copy()
        other_BTD[:, s] = np.nan
        moved = np.flatnonzero(np.isnan(model(other_BTD)).any(axis=(0, 2)))
        furthest = max(furthest, s - moved[0]) if len(moved) else furthest
    return furthest


# %% look-ahead: how far a model looks ahead, not whether it does
def look_ahead(model, x_BTD):
    y_BTK = model(x_BTD)
    for s in range(1, x_BTD.shape[1]):
        other_BTD = x_BTD.copy()
        other_BTD[:, s] += 1
        if (model(other_BTD)[:, :s] != y_BTK[:, :s]).any():
            return 1
    return 0


# %% look-ahead: any difference at all counts
def look_ahead(model, x_BTD):
    y_BTK, furthest = model(x_BTD), 0
    for s in range(x_BTD.shape[1]):
        other_BTD = x_BTD.copy()
        other_BTD[:, s] += 1
        moved_T = (np.abs(model(other_BTD) - y_BTK) > 1e-5).any(axis=(0, 2))
        furthest = max(furthest, s - moved_T.argmax())
    return furthest


# %% look-ahead: you find 0
def look_ahead(model, x_BTD):
    y_BTK, half = model(x_BTD), x_BTD.shape[1] // 2
    other_BTD = x_BTD.copy()
    other_BTD[:, half:] += 1
    moved_T = (model(other_BTD) != y_BTK).any(axis=(0, 2))
    return half - moved_T.argmax()


# %% ceiling: Your reader always says no in doubt.
def ceiling(T, opens, closes):
    t, letter, either = np.arange(1, T + 1), 1 - opens - closes, opens + closes
    doubt_T = opens / either * (1 - letter**t)
    return 1 - (doubt_T * closes / either * (1 - letter ** (T - t))).mean()


# %% ceiling: are not ( and ) in half of the cases each
def ceiling(T, opens, closes):
    t, letter = np.arange(1, T + 1), 1 - opens - closes
    return 1 - ((1 - letter**t) / 2 * (1 - letter ** (T - t)) / 2).mean()


# %% ceiling: the present one does not count
def ceiling(T, opens, closes):
    t, letter, either = np.arange(1, T + 1), 1 - opens - closes, opens + closes
    doubt_T = opens / either * (1 - letter**t)
    closed_T = closes / either * (1 - letter ** (T - t + 1))
    return 1 - (doubt_T * np.minimum(closed_T, 1 - closed_T)).mean()


# %% ceiling: The chances of ( and ) are exchanged.
def ceiling(T, opens, closes):
    t, letter, either = np.arange(1, T + 1), 1 - opens - closes, opens + closes
    doubt_T = closes / either * (1 - letter**t)
    closed_T = opens / either * (1 - letter ** (T - t))
    return 1 - (doubt_T * np.minimum(closed_T, 1 - closed_T)).mean()


# %% ceiling: This is the share of wrong answers.
def ceiling(T, opens, closes):
    t, letter, either = np.arange(1, T + 1), 1 - opens - closes, opens + closes
    doubt_T = opens / either * (1 - letter**t)
    closed_T = closes / either * (1 - letter ** (T - t))
    return (doubt_T * np.minimum(closed_T, 1 - closed_T)).mean()


# %% ceiling: a count of all texts gives
def ceiling(T, opens, closes):
    return 0.821


# %% differ: Three of the four cases are right
def differ():
    W_xh, W_hh, b_h = np.array([[40.0], [0]]), np.array([[0, 0], [20.0, 0]]), np.array([-20.0, 0])
    W_yu, b_u = np.array([[0, 1.0, 0, 1], [0, 1, 0, 1]]), np.array([1.0, 1])
    return W_xh, W_hh, b_h, W_yu, b_u, np.array([[1.0, 1]]), np.array([0.0])


# %% differ: compares the present bit with the bit before
def differ():
    W_xh, W_hh, b_h = np.array([[40.0], [0]]), np.array([[0, 0], [20.0, 0]]), np.array([-20.0, 0])
    W_yu, b_u = np.array([[10.0, 10.0, 0, 0], [-10, -10, 0, 0]]), np.array([-10.0, -10])
    return W_xh, W_hh, b_h, W_yu, b_u, np.array([[-1.0, -1]]), np.array([-1.0])


# %% differ: compares the present bit with the bit after
def differ():
    W_xh, W_hh, b_h = np.array([[40.0], [0]]), np.array([[0, 0], [20.0, 0]]), np.array([-20.0, 0])
    W_yu, b_u = np.array([[0, 0, 10.0, 10.0], [0, 0, -10, -10]]), np.array([-10.0, -10])
    return W_xh, W_hh, b_h, W_yu, b_u, np.array([[-1.0, -1]]), np.array([-1.0])


# %% differ: The sign of the score is the wrong way round.
def differ():
    W_xh, W_hh, b_h = np.array([[40.0], [0]]), np.array([[0, 0], [20.0, 0]]), np.array([-20.0, 0])
    W_yu, b_u = np.array([[0, 10.0, 0, 10], [0, -10, 0, -10]]), np.array([-10.0, -10])
    return W_xh, W_hh, b_h, W_yu, b_u, np.array([[1.0, 1]]), np.array([1.0])


# %% differ: The score is never above 0.
def differ():
    W_xh, W_hh, b_h = np.array([[40.0], [0]]), np.array([[0, 0], [20.0, 0]]), np.array([-20.0, 0])
    W_yu, b_u = np.array([[0, 10.0, 0, 10], [0, -10, 0, -10]]), np.array([-10.0, -10])
    return W_xh, W_hh, b_h, W_yu, b_u, np.array([[-1.0, -1]]), np.array([-2.5])


# %% differ: neighbours differ, and the score is not above 0
def differ():
    W_xh, W_hh, b_h = np.array([[40.0], [0]]), np.array([[0, 0], [20.0, 0]]), np.array([-20.0, 0])
    W_yu, b_u = np.array([[0, 10.0, 0, -10], [0, 10, 0, -10]]), np.array([-10.0, -10])
    return W_xh, W_hh, b_h, W_yu, b_u, np.array([[1.0, 1]]), np.array([0.0])
