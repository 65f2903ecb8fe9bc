# Wrong answers to the questions of this sheet, each with the message that must meet it.


# %% clip: Every array was clipped by itself.
def clip(gradients, c):
    norms = [np.sqrt((a**2).sum()) for a in gradients]
    new = [min(1, c / max(n, 1e-12)) * a for a, n in zip(gradients, norms)]
    return new, np.sqrt(sum(n**2 for n in norms))


# %% clip: Every entry was clipped by itself
def clip(gradients, c):
    norm = np.sqrt(sum((a**2).sum() for a in gradients))
    return [a.clip(-c, c) for a in gradients], norm


# %% clip: A gradient shorter than c was made longer.
def clip(gradients, c):
    norm = np.sqrt(sum((a**2).sum() for a in gradients))
    if not np.isfinite(norm):
        return [np.zeros_like(a) for a in gradients], norm
    return [a * c / max(norm, 1e-12) for a in gradients], norm


# %% clip: is it divided by its norm
def clip(gradients, c):
    norm = np.sqrt(sum((a**2).sum() for a in gradients))
    if not np.isfinite(norm):
        return [np.zeros_like(a) for a in gradients], norm
    return [a / norm * min(norm, c) for a in gradients], norm


# %% clip: the result still has NaN or infinity in it
def clip(gradients, c):
    norm = np.sqrt(sum((a**2).sum() for a in gradients))
    return [a * min(1, c / max(norm, 1e-12)) for a in gradients], norm


# %% clip: Return the norm as it was before clipping.
def clip(gradients, c):
    norm = np.sqrt(sum((a**2).sum() for a in gradients))
    if not np.isfinite(norm):
        return [np.zeros_like(a) for a in gradients], norm
    return [a * min(1, c / max(norm, 1e-12)) for a in gradients], min(norm, c)


# %% clip: return the norm as it is, infinite or NaN, not 0.
def clip(gradients, c):
    norm = np.sqrt(sum((a**2).sum() for a in gradients))
    if not np.isfinite(norm):
        return [np.zeros_like(a) for a in gradients], 0.0
    return [a * min(1, c / max(norm, 1e-12)) for a in gradients], norm


# %% clip: should have the norm
def clip(gradients, c):
    largest = max(np.sqrt((a**2).sum()) for a in gradients)
    return [a * min(1, c / max(largest, 1e-12)) for a in gradients], largest


# %% leaky: 1 - alpha was added to every entry.
def jacobian(W_hh, u_H, h_H, alpha):
    slope_H = 1 - np.tanh(W_hh @ h_H + u_H) ** 2
    return (1 - alpha) + alpha * slope_H[:, None] * W_hh


# %% leaky: The slopes multiply the columns of W_hh.
def jacobian(W_hh, u_H, h_H, alpha):
    slope_H = 1 - np.tanh(W_hh @ h_H + u_H) ** 2
    return (1 - alpha) * np.eye(len(h_H)) + alpha * slope_H * W_hh


# %% leaky: The result is transposed
def jacobian(W_hh, u_H, h_H, alpha):
    slope_H = 1 - np.tanh(W_hh @ h_H + u_H) ** 2
    return (1 - alpha) * np.eye(len(h_H)) + alpha * W_hh.T * slope_H


# %% leaky: The slope was taken from the new state
def jacobian(W_hh, u_H, h_H, alpha):
    new_H = (1 - alpha) * h_H + alpha * np.tanh(W_hh @ h_H + u_H)
    return (1 - alpha) * np.eye(len(h_H)) + alpha * (1 - new_H**2)[:, None] * W_hh


# %% leaky: The share alpha is missing.
def jacobian(W_hh, u_H, h_H, alpha):
    slope_H = 1 - np.tanh(W_hh @ h_H + u_H) ** 2
    return (1 - alpha) * np.eye(len(h_H)) + slope_H[:, None] * W_hh


# %% leaky: the step still keeps a part of the old state
def jacobian(W_hh, u_H, h_H, alpha):
    slope_H = 1 - np.tanh(W_hh @ h_H + u_H) ** 2
    return alpha * slope_H[:, None] * W_hh


# %% certain: These verdicts follow the spectral radius
verdicts = {}
for letter, (unit, sigma, rho) in networks(SEED).items():
    verdicts[letter] = "vanishes" if rho < 1 else "explodes"

# %% certain: A tanh or ReLU network is never certain to explode
verdicts = {}
for letter, (unit, sigma, rho) in networks(SEED).items():
    verdicts[letter] = "vanishes" if sigma < 1 else "explodes" if rho > 1 else "open"

# %% certain: the same verdict, and they differ
verdicts = {}
for letter, (unit, sigma, rho) in networks(SEED).items():
    verdicts[letter] = "vanishes" if sigma < 1 else "open"

# %% certain: These verdicts follow the spectral radius
verdicts = {}
for letter, (unit, sigma, rho) in networks(SEED).items():
    steepest = 0.25 if unit == "logistic" else 1.0
    verdicts[letter] = "vanishes" if rho * steepest < 1 else "open"

# %% certain: is not certain to vanish
verdicts = {}
for letter, (unit, sigma, rho) in networks(SEED).items():
    verdicts[letter] = "vanishes" if sigma < (4 if unit == "logistic" else 2) else "open"

# %% certain: Of two of these networks the one with the larger sigma
verdicts = {}
for letter, (unit, sigma, rho) in networks(SEED).items():
    verdicts[letter] = "vanishes" if sigma < 1 or unit == "ReLU" else "open"

# %% certain: The larger sigma vanishes for certain, and the smaller does not?
verdicts = {}
for letter, (unit, sigma, rho) in networks(SEED).items():
    verdicts[letter] = "vanishes" if sigma < 1 or unit == "logistic" and sigma > 4 else "open"

# %% certain: The network with the larger rho vanishes
verdicts = {}
for letter, (unit, sigma, rho) in networks(SEED).items():
    verdicts[letter] = "vanishes" if sigma < 1 else "open"
    if unit == "linear":
        verdicts[letter] = "vanishes" if rho > 1 else "explodes"

# %% certain: nothing is open
verdicts = {}
for letter, (unit, sigma, rho) in networks(SEED).items():
    steepest = 0.25 if unit == "logistic" else 1.0
    verdicts[letter] = "vanishes" if sigma * steepest < 1 else "open"
    if unit == "linear" and rho > 1:
        verdicts[letter] = "explodes"


# %% rate: That bounds the rate, and is larger.
def rate(J_THH):
    return np.exp(np.log(np.linalg.norm(J_THH, 2, axis=(1, 2))).mean())


# %% rate: does the product still
def rate(J_THH):
    total_HH = np.eye(J_THH.shape[1])
    for J_HH in J_THH:
        total_HH = J_HH @ total_HH
    return np.exp(np.log(np.linalg.norm(total_HH, 2)) / len(J_THH))


# %% rate: in the wrong order
def rate(J_THH):
    total_HH, log_norm = np.eye(J_THH.shape[1]), 0.0
    for J_HH in J_THH:
        total_HH = total_HH @ J_HH
        size = np.linalg.norm(total_HH, 2)
        total_HH, log_norm = total_HH / size, log_norm + np.log(size)
    return np.exp(log_norm / len(J_THH))


# %% rate: This is the logarithm of the rate.
def rate(J_THH):
    total_HH, log_norm = np.eye(J_THH.shape[1]), 0.0
    for J_HH in J_THH:
        total_HH = J_HH @ total_HH
        size = np.linalg.norm(total_HH, 2)
        total_HH, log_norm = total_HH / size, log_norm + np.log(size)
    return log_norm / len(J_THH)


# %% rate: For few steps the rate should be what the function of the question returns.
def rate(J_THH):
    g_H, log_norm = np.ones(J_THH.shape[1]) / np.sqrt(J_THH.shape[1]), 0.0
    for J_HH in J_THH:
        g_H = J_HH @ g_H
        size = np.linalg.norm(g_H)
        g_H, log_norm = g_H / size, log_norm + np.log(size)
    return np.exp(log_norm / len(J_THH))


# %% balance: With this gain the spectral radius is 1.
def balance(W_hh, u_TH):
    return 1 / np.abs(np.linalg.eigvals(W_hh)).max()


# %% balance: With this gain sigma is 1
def balance(W_hh, u_TH):
    return 1 / np.linalg.norm(W_hh, 2)


# %% balance: a larger gain changes the slopes as well
def balance(W_hh, u_TH):
    h_H, total_HH = np.zeros(len(W_hh)), np.eye(len(W_hh))
    for u_H in u_TH:
        h_H = np.tanh(W_hh @ h_H + u_H)
        total_HH = ((1 - h_H**2)[:, None] * W_hh) @ total_HH
    return 1 / np.linalg.norm(total_HH, 2) ** (1 / len(u_TH))


# %% balance: the rate is
def balance(W_hh, u_TH):
    def rate_at(g):
        h_H, factors = np.zeros(len(W_hh)), []
        for u_H in u_TH:
            h_H = np.tanh(g * W_hh @ h_H + u_H)
            factors.append(np.linalg.norm((1 - h_H**2)[:, None] * g * W_hh, 2))
        return np.exp(np.mean(np.log(factors)))

    low, high = 0.0, 4.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if rate_at(middle) < 1 else (low, middle)
    return middle
