# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% step: The forget gate is the second quarter.
def lstm_step(x_BD, h_BH, c_BH, W_xh, W_hh, b_h):
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T + b_h
    af_BH, ai_BH, ag_BH, ao_BH = np.split(a_BG, 4, axis=1)
    c_BH = sigmoid(af_BH) * c_BH + sigmoid(ai_BH) * np.tanh(ag_BH)
    return sigmoid(ao_BH) * np.tanh(c_BH), c_BH


# %% step: The candidate is the third quarter of the rows, not the fourth.
def lstm_step(x_BD, h_BH, c_BH, W_xh, W_hh, b_h):
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T + b_h
    ai_BH, af_BH, ao_BH, ag_BH = np.split(a_BG, 4, axis=1)
    c_BH = sigmoid(af_BH) * c_BH + sigmoid(ai_BH) * np.tanh(ag_BH)
    return sigmoid(ao_BH) * np.tanh(c_BH), c_BH


# %% step: The candidate goes through a tanh.
def lstm_step(x_BD, h_BH, c_BH, W_xh, W_hh, b_h):
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T + b_h
    ai_BH, af_BH, ag_BH, ao_BH = np.split(a_BG, 4, axis=1)
    c_BH = sigmoid(af_BH) * c_BH + sigmoid(ai_BH) * ag_BH
    return sigmoid(ao_BH) * np.tanh(c_BH), c_BH


# %% step: h is made of the new cell state, not of the old one.
def lstm_step(x_BD, h_BH, c_BH, W_xh, W_hh, b_h):
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T + b_h
    ai_BH, af_BH, ag_BH, ao_BH = np.split(a_BG, 4, axis=1)
    new_BH = sigmoid(af_BH) * c_BH + sigmoid(ai_BH) * np.tanh(ag_BH)
    return sigmoid(ao_BH) * np.tanh(c_BH), new_BH


# %% step: Return two arrays, h_BH and c_BH.
def lstm_step(x_BD, h_BH, c_BH, W_xh, W_hh, b_h):
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T + b_h
    ai_BH, af_BH, ag_BH, ao_BH = np.split(a_BG, 4, axis=1)
    c_BH = sigmoid(af_BH) * c_BH + sigmoid(ai_BH) * np.tanh(ag_BH)
    return sigmoid(ao_BH) * np.tanh(c_BH)


# %% half-life: This is the gate f; the question asks for its bias.
def bias_for(n):
    return 0.5 ** (1 / n)


# %% half-life: After n steps 1/e is left, not 1/2.
def bias_for(n):
    f = np.exp(-1 / n)
    return np.log(f / (1 - f))


# %% half-life: of the cell is left, not 0.5
def bias_for(n):
    return np.log(2) / n


# %% unroll: Step t never sees the hidden state of step t - 1.
def run(x_TD, W_xh, W_hh, b_h):
    H = W_hh.shape[1]
    h_TH, c_H = [], np.zeros(H)
    for x_D in x_TD:
        ai_H, af_H, ag_H, ao_H = np.split(W_xh @ x_D + b_h, 4)
        c_H = sigmoid(af_H) * c_H + sigmoid(ai_H) * np.tanh(ag_H)
        h_TH.append(sigmoid(ao_H) * np.tanh(c_H))
    return np.array(h_TH)


# %% unroll: The first step starts from a hidden state of zeros.
def run(x_TD, W_xh, W_hh, b_h):
    H = W_hh.shape[1]
    h_H, c_H, h_TH = np.ones(H), np.zeros(H), []
    for x_D in x_TD:
        ai_H, af_H, ag_H, ao_H = np.split(W_xh @ x_D + W_hh @ h_H + b_h, 4)
        c_H = sigmoid(af_H) * c_H + sigmoid(ai_H) * np.tanh(ag_H)
        h_H = sigmoid(ao_H) * np.tanh(c_H)
        h_TH.append(h_H)
    return np.array(h_TH)


# %% unroll: Now the cell state is lost between steps.
def run(x_TD, W_xh, W_hh, b_h):
    H = W_hh.shape[1]
    h_H, h_TH = np.zeros(H), []
    for x_D in x_TD:
        ai_H, af_H, ag_H, ao_H = np.split(W_xh @ x_D + W_hh @ h_H + b_h, 4)
        c_H = sigmoid(ai_H) * np.tanh(ag_H)
        h_H = sigmoid(ao_H) * np.tanh(c_H)
        h_TH.append(h_H)
    return np.array(h_TH)


# %% left: This follows from the mean gate.
steps_left = int(np.ceil(np.log(0.01) / np.log(f_T.mean())))

# %% left: is there one step too many
steps_left = int(np.argmax(np.cumprod(f_T) < 0.01)) + 2

# %% left: is still left
steps_left = int(np.argmax(np.cumprod(f_T) < 0.01))


# %% latch: With the switch on, an old value is still in the cell.
def latch():
    W_xh = np.array([[0, 40], [0, 0], [20, 0], [0, 0]])
    return W_xh, np.zeros((4, 1)), np.array([-20, 20, 0, 20])


# %% latch: the value is written over
def latch():
    W_xh = np.array([[0, 0], [0, 0], [20, 0], [0, 0]])
    return W_xh, np.zeros((4, 1)), np.array([20, -20, 0, 20])


# %% latch: the value fades
def latch():
    W_xh = np.array([[0, 40], [0, -40], [20, 0], [0, 0]])
    return W_xh, np.zeros((4, 1)), np.array([-20, 2, 0, 20])


# %% latch: is the output gate open
def latch():
    W_xh = np.array([[0, 40], [0, -40], [20, 0], [0, 0]])
    return W_xh, np.zeros((4, 1)), np.array([-20, 20, 0, -20])
