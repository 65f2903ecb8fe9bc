# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% nearest: depends on which column comes first
def nearest(W_hh):
    return np.linalg.qr(W_hh)[0]


# %% nearest: Divided by one number
def nearest(W_hh):
    return W_hh / np.linalg.norm(W_hh, 2)


# %% nearest: they do not stand at right angles
def nearest(W_hh):
    return W_hh / np.linalg.norm(W_hh, axis=1, keepdims=True)


# %% nearest: stands transposed where it should not
def nearest(W_hh):
    left_HH, _, right_HH = np.linalg.svd(W_hh)
    return left_HH @ right_HH.T


# %% nearest: This is the transpose of the nearest matrix.
def nearest(W_hh):
    left_HH, _, right_HH = np.linalg.svd(W_hh.T)
    return left_HH @ right_HH


# %% nearest: The identity is orthogonal
def nearest(W_hh):
    return np.eye(len(W_hh))


# %% ln-step: On its way to h the cell state should still be normalised.
def ln_step(x_BD, h_BH, c_BH, w):
    x_BG = normed(x_BD @ w["W_xh"].T, w["gain_x"])
    h_BG = normed(h_BH @ w["W_hh"].T, w["gain_h"])
    i_BH, f_BH, g_BH, o_BH = np.split(x_BG + h_BG + w["b_h"], 4, axis=1)
    c_BH = sigmoid(f_BH) * c_BH + sigmoid(i_BH) * np.tanh(g_BH)
    return sigmoid(o_BH) * np.tanh(c_BH), c_BH


# %% ln-step: What else is done to it on its road?
def ln_step(x_BD, h_BH, c_BH, w):
    x_BG = normed(x_BD @ w["W_xh"].T, w["gain_x"])
    h_BG = normed(h_BH @ w["W_hh"].T, w["gain_h"])
    i_BH, f_BH, g_BH, o_BH = np.split(x_BG + h_BG + w["b_h"], 4, axis=1)
    old_BH = normed(c_BH, w["gain_c"]) + w["bias_c"]
    c_BH = sigmoid(f_BH) * old_BH + sigmoid(i_BH) * np.tanh(g_BH)
    return sigmoid(o_BH) * np.tanh(c_BH), c_BH


# %% ln-step: The bias of the cell is lost.
def ln_step(x_BD, h_BH, c_BH, w):
    x_BG = normed(x_BD @ w["W_xh"].T, w["gain_x"])
    h_BG = normed(h_BH @ w["W_hh"].T, w["gain_h"])
    i_BH, f_BH, g_BH, o_BH = np.split(x_BG + h_BG + w["b_h"], 4, axis=1)
    c_BH = sigmoid(f_BH) * c_BH + sigmoid(i_BH) * np.tanh(g_BH)
    return sigmoid(o_BH) * np.tanh(normed(c_BH, w["gain_c"])), c_BH


# %% ln-step: The scale of W_hh should not matter
def ln_step(x_BD, h_BH, c_BH, w):
    x_BG = normed(x_BD @ w["W_xh"].T, w["gain_x"])
    h_BG = h_BH @ w["W_hh"].T
    i_BH, f_BH, g_BH, o_BH = np.split(x_BG + h_BG + w["b_h"], 4, axis=1)
    c_BH = sigmoid(f_BH) * c_BH + sigmoid(i_BH) * np.tanh(g_BH)
    seen_BH = normed(c_BH, w["gain_c"]) + w["bias_c"]
    return sigmoid(o_BH) * np.tanh(seen_BH), c_BH


# %% ln-step: The new h_BH was right before, and is wrong now.
def ln_step(x_BD, h_BH, c_BH, w):
    x_BG = normed(x_BD @ w["W_xh"].T, w["gain_x"])
    h_BG = normed(h_BH @ w["W_hh"].T, w["gain_h"])
    i_BH, f_BH, g_BH, o_BH = np.split(x_BG + h_BG + w["b_h"], 4, axis=1)
    c_BH = sigmoid(f_BH) * c_BH + sigmoid(i_BH) * np.tanh(g_BH)
    seen_BH = normed(c_BH + w["bias_c"], w["gain_c"])
    return sigmoid(o_BH) * np.tanh(seen_BH), c_BH


# %% through: Mean and standard deviation were taken as constants.
def normed_back(v_BG, gain_G, g_BG):
    return gain_G * g_BG / v_BG.std(axis=1, keepdims=True)


# %% through: The standard deviation depends on v as well.
def normed_back(v_BG, gain_G, g_BG):
    u_BG = gain_G * g_BG
    return (u_BG - u_BG.mean(axis=1, keepdims=True)) / v_BG.std(axis=1, keepdims=True)


# %% through: The mean depends on v as well.
def normed_back(v_BG, gain_G, g_BG):
    s_B1 = v_BG.std(axis=1, keepdims=True)
    n_BG = (v_BG - v_BG.mean(axis=1, keepdims=True)) / s_B1
    u_BG = gain_G * g_BG
    return (u_BG - n_BG * (u_BG * n_BG).mean(axis=1, keepdims=True)) / s_B1


# %% through: The gain is missing.
def normed_back(v_BG, gain_G, g_BG):
    s_B1 = v_BG.std(axis=1, keepdims=True)
    n_BG = (v_BG - v_BG.mean(axis=1, keepdims=True)) / s_B1
    along_B1 = (g_BG * n_BG).mean(axis=1, keepdims=True)
    return (g_BG - g_BG.mean(axis=1, keepdims=True) - n_BG * along_B1) / s_B1


# %% through: The gain comes too late
def normed_back(v_BG, gain_G, g_BG):
    s_B1 = v_BG.std(axis=1, keepdims=True)
    n_BG = (v_BG - v_BG.mean(axis=1, keepdims=True)) / s_B1
    along_B1 = (g_BG * n_BG).mean(axis=1, keepdims=True)
    return gain_G * (g_BG - g_BG.mean(axis=1, keepdims=True) - n_BG * along_B1) / s_B1


# %% through: the gradient should be a tenth too
def normed_back(v_BG, gain_G, g_BG):
    n_BG = (v_BG - v_BG.mean(axis=1, keepdims=True)) / v_BG.std(axis=1, keepdims=True)
    u_BG = gain_G * g_BG
    along_B1 = (u_BG * n_BG).mean(axis=1, keepdims=True)
    return u_BG - u_BG.mean(axis=1, keepdims=True) - n_BG * along_B1


# %% through: Means were taken over the batch
def normed_back(v_BG, gain_G, g_BG):
    s_B1 = v_BG.std(axis=1, keepdims=True)
    n_BG = (v_BG - v_BG.mean(axis=1, keepdims=True)) / s_B1
    u_BG = gain_G * g_BG
    return (u_BG - u_BG.mean(axis=0) - n_BG * (u_BG * n_BG).mean(axis=0)) / s_B1


# %% by-hand: A number marked at the first step is lost.
def adder():
    W_xh = np.array([[1.0, 1.0], [0.0, 0.0]])
    W_hh = np.array([[1.0, 0.0], [0.0, 0.0]])
    return W_xh, W_hh, np.array([-1.0, 0.0]), np.array([1.0, 0.0]), 0.0


# %% by-hand: A number marked at the last step is not yet counted.
def adder():
    W_xh = np.array([[1.0, 1.0], [0.0, 0.0]])
    W_hh = np.array([[0.0, 0.0], [1.0, 1.0]])
    return W_xh, W_hh, np.array([-1.0, 0.0]), np.array([0.0, 1.0]), 0.0


# %% by-hand: Without any mark the answer should be 0.
def adder():
    W_xh = np.array([[1.0, 0.0], [0.0, 0.0]])
    W_hh = np.array([[0.0, 0.0], [1.0, 1.0]])
    return W_xh, W_hh, np.zeros(2), np.array([1.0, 1.0]), 0.0


# %% by-hand: what is held must not leak or grow
def adder():
    W_xh = np.array([[1.0, 1.0], [0.0, 0.0]])
    W_hh = np.array([[0.0, 0.0], [1.0, 0.9999]])
    return W_xh, W_hh, np.array([-1.0, 0.0]), np.array([1.0, 1.0]), 0.0


# %% by-hand: is it always 1
def adder():
    return np.zeros((2, 2)), np.zeros((2, 2)), np.zeros(2), np.zeros(2), 1.0


# %% through: epsilon is 0 here
def normed_back(v_BG, gain_G, g_BG):
    s_B1 = np.sqrt(v_BG.var(axis=1, keepdims=True) + 1e-5)
    n_BG = (v_BG - v_BG.mean(axis=1, keepdims=True)) / s_B1
    u_BG = gain_G * g_BG
    along_B1 = (u_BG * n_BG).mean(axis=1, keepdims=True)
    return (u_BG - u_BG.mean(axis=1, keepdims=True) - n_BG * along_B1) / s_B1


# %% by-hand: A number marked at the first step is changed later on.
def adder():
    W_xh = np.array([[1.0, 1.0], [0.0, 0.0]])
    W_hh = np.array([[0.0, 0.0], [1.0, 0.9]])
    return W_xh, W_hh, np.array([-1.0, 0.0]), np.array([1.0, 1.0]), 0.0


# %% by-hand: A number marked at the first step is lost.
def adder():
    W_xh = np.array([[1.0, 1.0], [0.0, 0.0]])
    W_hh = np.array([[0.0, 1.0], [0.0, 1.0]])
    return W_xh, W_hh, np.array([-1.0, 0.0]), np.array([1.0, 1.0]), 0.0


# %% budget: did it throw the network?
settings = {"gain": 1.7, "clip": 1000.0, "lr": 1.0}

# %% budget: How far do 150 of them lead?
settings = {"gain": 1.7, "clip": 0.05, "lr": 0.05}

# %% budget: the gradient vanishes on its way to the symbol
settings = {"gain": 0.5, "clip": 1.0, "lr": 0.15}

# %% budget: settings lacks
settings = {"gain": 1.7, "lr": 0.15}
