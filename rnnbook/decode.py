"""Write with a language model, one symbol at a time."""

import torch


@torch.no_grad()
def sample(model, text, prompt, length=200, temperature=1.0, seed=0):
    """The prompt and ``length`` characters that the model draws after it.

    text: whose alphabet the model was trained on. temperature: 0 takes the most probable
    character, 1 draws from the model's own distribution. Taught in chapter 1.
    Raises ValueError for an empty prompt, an unknown character, a negative temperature.
    """
    if not prompt:
        raise ValueError("the prompt is empty; give at least one character to start from")
    if temperature < 0:
        raise ValueError(f"temperature is {temperature}; expected 0 or more")
    where = next(model.parameters()).device
    generator = torch.Generator().manual_seed(seed)
    model.eval()
    read, written, state = text.encode(prompt), [], None
    for _ in range(length):
        logits_1TV, state = model(read[None].to(where), state)
        written.append(_draw(logits_1TV[0, -1].cpu(), temperature, generator))
        read = torch.tensor(written[-1:])
    return prompt + text.decode(written)


def _draw(logits_V, temperature, generator):
    if temperature == 0:
        return int(logits_V.argmax())
    p_V = torch.softmax(logits_V.double() / temperature, dim=0)
    return int(torch.multinomial(p_V, 1, generator=generator))
