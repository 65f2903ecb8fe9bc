# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% step: The forget gate is the second quarter;
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


# %% step: the candidate goes through a tanh.
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


# %% step: h_BH comes first, then c_BH.
def lstm_step(x_BD, h_BH, c_BH, W_xh, W_hh, b_h):
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T + b_h
    ai_BH, af_BH, ag_BH, ao_BH = np.split(a_BG, 4, axis=1)
    c_BH = sigmoid(af_BH) * c_BH + sigmoid(ai_BH) * np.tanh(ag_BH)
    return c_BH, sigmoid(ao_BH) * np.tanh(c_BH)


# %% step: is g a gate in your step?
def lstm_step(x_BD, h_BH, c_BH, W_xh, W_hh, b_h):
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T + b_h
    i_BH, f_BH, g_BH, o_BH = np.split(sigmoid(a_BG), 4, axis=1)
    c_BH = f_BH * c_BH + i_BH * g_BH
    return o_BH * np.tanh(c_BH), c_BH


# %% step: or b_h is not added
def lstm_step(x_BD, h_BH, c_BH, W_xh, W_hh, b_h):
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T
    ai_BH, af_BH, ag_BH, ao_BH = np.split(a_BG, 4, axis=1)
    c_BH = sigmoid(af_BH) * c_BH + sigmoid(ai_BH) * np.tanh(ag_BH)
    return sigmoid(ao_BH) * np.tanh(c_BH), c_BH


# %% step: The gates and g depend on both x_BD and h_BH.
def lstm_step(x_BD, h_BH, c_BH, W_xh, W_hh, b_h):
    ai_BH, af_BH, ag_BH, ao_BH = np.split(x_BD @ W_xh.T + b_h, 4, axis=1)
    c_BH = sigmoid(af_BH) * c_BH + sigmoid(ai_BH) * np.tanh(ag_BH)
    return sigmoid(ao_BH) * np.tanh(c_BH), c_BH


# %% half-life: This is the gate f; the question asks for its bias.
def bias_for(n, share):
    return share ** (1 / n)


# %% half-life: After n steps 1/e is left, not 1/2.
def bias_for(n, share):
    f = np.exp(-1 / n)
    return np.log(f / (1 - f))


# %% half-life: Half is left, and
def bias_for(n, share):
    f = 0.5 ** (1 / n)
    return np.log(f / (1 - f))


# %% half-life: is lost; it should be left
def bias_for(n, share):
    f = (1 - share) ** (1 / n)
    return np.log(f / (1 - f))


# %% half-life: This is the approximation for long half-lives; give the exact bias.
def bias_for(n, share):
    return np.log(n / np.log(1 / share))


# %% half-life: of the cell is left, not 0.5
def bias_for(n, share):
    return np.log(2) / n


# %% unroll: With W_hh set to 0 the result is the same.
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


# %% unroll: With every output gate shut the hidden states should be 0.
def run(x_TD, W_xh, W_hh, b_h):
    H = W_hh.shape[1]
    h_H, c_H, h_TH = np.zeros(H), np.zeros(H), []
    for x_D in x_TD:
        ai_H, af_H, ag_H, ao_H = np.split(W_xh @ x_D + W_hh @ h_H + b_h, 4)
        c_H = sigmoid(af_H) * c_H + sigmoid(ai_H) * np.tanh(ag_H)
        h_H = np.tanh(c_H)
        h_TH.append(h_H)
    return np.array(h_TH)


# %% unroll: every step should add the same to the cell
def run(x_TD, W_xh, W_hh, b_h):
    H = W_hh.shape[1]
    h_H, h_TH = np.zeros(H), []
    for x_D in x_TD:
        ai_H, af_H, ag_H, ao_H = np.split(W_xh @ x_D + W_hh @ h_H + b_h, 4)
        c_H = sigmoid(ai_H) * np.tanh(ag_H)
        h_H = sigmoid(ao_H) * np.tanh(c_H)
        h_TH.append(h_H)
    return np.array(h_TH)


# %% unroll: The hidden states are wrong from step 2 on.
def run(x_TD, W_xh, W_hh, b_h):
    H = W_hh.shape[1]
    h_H, c_H, h_TH = np.zeros(H), np.zeros(H), []
    for x_D in x_TD:
        ai_H, af_H, ag_H, ao_H = np.split(W_xh @ x_D + W_hh @ h_H + b_h, 4)
        c_H = sigmoid(af_H) * c_H + sigmoid(ai_H) * np.tanh(ag_H)
        h_TH.append(sigmoid(ao_H) * np.tanh(c_H))
        h_H = np.tanh(c_H)
    return np.array(h_TH)


# %% left: This follows from the mean
steps_needed = most_needed = int(np.ceil(np.log(0.01) / np.log(f_T.mean())))

# %% left: is there one step too many
needed = [int(np.argmax(np.cumprod(f_T[s:]) < 0.01)) + 2 for s in range(200)]
steps_needed, most_needed = needed[0], max(needed)

# %% left: is still left
needed = [int(np.argmax(np.cumprod(f_T[s:]) < 0.01)) for s in range(200)]
steps_needed, most_needed = needed[0], max(needed)

# %% left: needs more: after
needed = [int(np.argmax(np.cumprod(f_T[s:]) < 0.01)) + 1 for s in range(200)]
steps_needed, most_needed = needed[0], min(needed)


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


# %% latch: h has the opposite sign of v_t.
def latch():
    W_xh = np.array([[0, 40], [0, -40], [-20, 0], [0, 0]])
    return W_xh, np.zeros((4, 1)), np.array([-20, 20, 0, 20])


# %% latch: and is what is written large enough?
def latch():
    W_xh = np.array([[0, 40], [0, -40], [0.05, 0], [0, 0]])
    return W_xh, np.zeros((4, 1)), np.array([-20, 20, 0, 20])


# %% latch: the value fades, first at step
def latch():
    W_xh = np.array([[0, 10], [0, -10], [20, 0], [0, 0]])
    return W_xh, np.zeros((4, 1)), np.array([-5, 5, 0, 5])


# %% latch: is not taken: get the check above right first
def latch():
    W_xh = np.array([[0, 40], [0, -40], [-20, 0], [0, 0]])
    return W_xh, np.zeros((4, 1)), np.array([-20, 20, 0, 20])
