"""Strings of formal languages: predict the next symbol, knowing which ones may come.

Strings of different lengths yield (x_BTD, y_BT, lengths): one-hot inputs, 0 behind the end, and
as targets the next symbols, -100 behind the end. ``legal`` tells for one string which symbols the
language allows next, the known answer.
"""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import one_hot

from rnnbook import door

from .task import Task


class Language(Task):
    """Next-symbol prediction over ``symbols``; D = K, their number."""

    @property
    def D(self):
        return len(self.symbols)

    K = D

    def draw(self, B, generator):
        strings = [self.string(generator) for _ in range(B)]
        lengths = torch.tensor([len(string) - 1 for string in strings])
        x_BT = torch.full((B, int(lengths.max())), self.D)  # D: no symbol
        y_BT = torch.full_like(x_BT, -100)
        for row, string in enumerate(strings):
            indices = torch.tensor([self.symbols.index(symbol) for symbol in string])
            x_BT[row, : lengths[row]], y_BT[row, : lengths[row]] = indices[:-1], indices[1:]
        return one_hot(x_BT, self.D + 1)[..., : self.D].float(), y_BT, lengths

    def strings(self, B, seed=0):
        """B strings, the ones of ``batch(B, seed)``."""
        generator = torch.Generator().manual_seed(seed)
        return [self.string(generator) for _ in range(B)]


def pick(options, generator):
    """One of the options, all alike."""
    return options[int(torch.randint(len(options), (), generator=generator))]


def entropy(p):
    """The entropy in nats of counts or probabilities."""
    p = torch.as_tensor(p, dtype=torch.float64)
    p = p[p > 0] / p.sum()
    return float(-(p * p.log()).sum())


def walks(graph, start, symbols):
    """What random walks through ``graph`` do on average, every arrow out of a node alike.

    graph: dict node -> {symbol: next node}; a node without arrows ends the walk. Returns how
    often each symbol is written after the first one, and the entropy in nats of the choices.
    """
    nodes = [node for node in graph if graph[node]]
    step = torch.zeros(len(nodes), len(nodes), dtype=torch.float64)
    for i, node in enumerate(nodes):
        for after in graph[node].values():
            if after in nodes:
                step[i, nodes.index(after)] += 1 / len(graph[node])
    begin = torch.tensor([float(node == start) for node in nodes], dtype=torch.float64)
    visits = torch.linalg.solve((torch.eye(len(nodes)).double() - step).T, begin).tolist()
    counts, choices = dict.fromkeys(symbols, 0.0), 0.0
    for node, visited in zip(nodes, visits):
        choices += visited * math.log(len(graph[node]))
        for symbol in graph[node]:
            counts[symbol] += visited / len(graph[node])
    return counts, choices


REBER = {
    0: {"B": 1},
    1: {"T": 2, "P": 3},
    2: {"S": 2, "X": 4},
    3: {"T": 3, "V": 5},
    4: {"X": 3, "S": 6},
    5: {"P": 4, "V": 6},
    6: {"E": 7},
    7: {},
}


def embedded():
    """B, T or P, a Reber string, the same T or P again, E: a graph with two copies of REBER."""
    graph = {"start": {"B": "choice"}, "choice": {"T": ("T", 0), "P": ("P", 0)}, "end": {}}
    for way in "TP":
        for node, arrows in REBER.items():
            graph[way, node] = {symbol: (way, after) for symbol, after in arrows.items()}
        graph[way, 7] = {way: (way, "last")}
        graph[way, "last"] = {"E": "end"}
    return graph


@dataclass(frozen=True)
class reber(Language):
    """Strings of Reber's grammar over BTPSXVE, of at most T symbols; longer ones are left out.

    After most symbols two may come, each with probability 1/2. ``baseline`` and ``best`` are
    those of the grammar without a limit, per symbol: right from T = 30 on, while shorter limits
    leave strings that are easier. Source: reber1967, in the form of cleeremans1989.
    """

    T: int = 100
    symbols, shortest = "BTPSXVE", 5
    graph, start = REBER, 0

    def string(self, generator):
        while True:
            node, written = self.start, ""
            while self.graph[node]:
                symbol = pick(list(self.graph[node]), generator)
                node, written = self.graph[node][symbol], written + symbol
            if len(written) <= self.T:
                return written

    def legal(self, string):
        """For each symbol of the string the set of those that may follow it.

        Raises ValueError at the first symbol that the grammar does not allow.
        """
        node, found = self.start, []
        for at, symbol in enumerate(string):
            if symbol not in self.graph[node]:
                raise ValueError(
                    f"{symbol!r} at place {at} of {string!r}; expected one of "
                    f"{sorted(self.graph[node])}"
                )
            node = self.graph[node][symbol]
            found.append(set(self.graph[node]))
        return found

    @property
    def _walks(self):
        counts, choices = walks(self.graph, self.start, self.symbols)
        counts["B"] -= 1  # the first symbol is given, not predicted
        return counts, choices

    @property
    def baseline(self):
        return entropy(list(self._walks[0].values()))

    @property
    def best(self):
        counts, choices = self._walks
        return choices / sum(counts.values())


@dataclass(frozen=True)
class embedded_reber(reber):
    """Reber strings in brackets: the second symbol, T or P, comes again before the last.

    In between lies a whole Reber string, so the last but one symbol can be known only by
    remembering the second. Source: hochreiter1997, experiment 1.
    """

    shortest = 9
    graph, start = embedded(), "start"

    @property
    def forgetful(self):
        """The loss of knowing the grammar but not the second symbol: a guess before the end."""
        return self.best + math.log(2) / sum(self._walks[0].values())


@dataclass(frozen=True)
class a_n_b_n(Language):
    """S, n times a, n times b, T; with letters=3 also n times c. Count, and count down.

    n is uniform from 1 to (T - 1) // letters, so that a string has at most T steps to predict.
    While a comes, a or b may follow; from the first b on all is determined. Source:
    gers2001. Taught in chapter 6.
    """

    letters: int = 2
    shortest = 5

    def __post_init__(self):
        door.within("letters", self.letters, 2, 25)
        super().__post_init__()
        door.within("T", self.T, self.letters + 1)

    @property
    def symbols(self):
        return "S" + "abcdefghijklmnopqrstuvwxyz"[: self.letters] + "T"

    @property
    def most(self):
        """The largest n."""
        return (self.T - 1) // self.letters

    def string(self, generator):
        return self.string_of(1 + int(torch.randint(self.most, (), generator=generator)))

    def legal(self, string):
        """For each symbol of the string the set of those that may follow it."""
        whole, found = self.string_of(max(1, string.count("a"))), []
        if not whole.startswith(string):
            raise ValueError(f"{string!r} does not begin a string such as {self.string_of(2)!r}")
        for at, symbol in enumerate(string):
            follows = {"S": {"a"}, "a": {"a", "b"}, "T": set()}
            found.append(follows.get(symbol) or set(whole[at + 1 : at + 2]))
        return found

    def string_of(self, n):
        """The string of n."""
        return "S" + "".join(n * letter for letter in self.symbols[1:-1]) + "T"

    @property
    def baseline(self):
        mean = (self.most + 1) / 2
        return entropy([*[mean] * self.letters, 1])

    @property
    def best(self):
        return math.log(self.most) / (self.letters * (self.most + 1) / 2 + 1)


@dataclass(frozen=True)
class dyck(Task):
    """Brackets of several kinds that close in the right order; predict the next one.

    T steps of a random walk: at depth 0 one of ``kinds`` brackets opens; at depth ``deepest``
    the last one closes; in between either happens with probability 1/2. x_BTD: D = 2 kinds,
    one-hot, opening brackets first. y_BT: the next bracket, K = D. Which kind closes can be
    known only from a stack. Source: hewitt2020.
    """

    kinds: int = 2
    deepest: int = 4
    shortest = 1

    def __post_init__(self):
        super().__post_init__()
        door.within("kinds", self.kinds, 1)
        door.within("deepest", self.deepest, 1)

    @property
    def D(self):
        return 2 * self.kinds

    K = D

    def draw(self, B, generator):
        coins_BT = torch.rand(B, self.T + 1, generator=generator) < 0.5
        kinds_BT = torch.randint(self.kinds, (B, self.T + 1), generator=generator)
        rows = [self._walk(*row) for row in zip(coins_BT.tolist(), kinds_BT.tolist())]
        walk = torch.tensor(rows)
        return one_hot(walk[:, :-1], self.D).float(), walk[:, 1:]

    def _walk(self, coins, kinds):
        stack, written = [], []
        for coin, kind in zip(coins, kinds):
            if not stack or (coin and len(stack) < self.deepest):
                stack.append(kind)
                written.append(kind)
            else:
                written.append(self.kinds + stack.pop())
        return written

    def legal(self, indices):
        """For each bracket of a sequence of indices the set of those that may follow it."""
        stack, found = [], []
        for at, index in enumerate(indices):
            index = int(index)
            closes = index >= self.kinds
            if closes and (not stack or stack.pop() != index - self.kinds):
                raise ValueError(f"bracket {index} at place {at} closes what is not open")
            if not closes:
                stack.append(index)
            if not 0 <= index < self.D or len(stack) > self.deepest:
                raise ValueError(f"bracket {index} at place {at} is none, or lies too deep")
            opens = range(self.kinds) if len(stack) < self.deepest else ()
            found.append({*opens, *(self.kinds + kind for kind in stack[-1:])})
        return found

    def _depths(self):
        """The probability of each depth, before the brackets 1 to T: T rows."""
        p, rows = [1.0] + [0.0] * self.deepest, []
        for _ in range(self.T + 1):
            rows.append(p)
            up = [p[0], *(q / 2 for q in p[1:-1]), 0.0]
            p = [0.0] * len(p)
            for depth, q in enumerate(rows[-1]):
                if depth < self.deepest:
                    p[depth + 1] += up[depth]
                if depth:
                    p[depth - 1] += q - up[depth]
        return rows[1:]

    @property
    def baseline(self):
        rows = self._depths()
        opening = sum(row[0] + sum(row[1:-1]) / 2 for row in rows) / len(rows)
        return entropy([opening, 1 - opening]) + math.log(self.kinds)

    @property
    def best(self):
        choice, total = math.log(2) + math.log(self.kinds) / 2, 0.0
        for row in self._depths():
            total += row[0] * math.log(self.kinds) + sum(row[1:-1]) * choice
        return total / self.T


LEXICON = (
    *("boy", "girl", "dog", "cat", "bread", "glass", "car", "runs", "sees", "chases"),
    *("breaks", "eats", "likes", "moves", "thinks"),
)


@dataclass(frozen=True)
class letters(Task):
    """Words run together without spaces; predict the next letter.

    T letters of words drawn alike from a lexicon of fifteen, beginning with a whole word. x_BTD:
    D = 26, one-hot. y_BT: the next letter, K = 26. Within a word a letter can mostly be known,
    at its beginning hardly, which ``onsets`` marks. No word begins another, so the words can be
    told apart from the start. Source: elman1990, section "Discovering the notion word", with a
    lexicon of our own.
    """

    D, K, shortest, lexicon = 26, 26, 1, LEXICON

    def draw(self, B, generator):
        many = self.T // min(map(len, self.lexicon)) + 2
        rows = []
        for _ in range(B):
            words = "".join(pick(self.lexicon, generator) for _ in range(many))
            rows.append([ord(letter) - ord("a") for letter in words[: self.T + 1]])
        text = torch.tensor(rows)
        return one_hot(text[:, :-1], 26).float(), text[:, 1:]

    def onsets(self, x_BTD):
        """Where the next letter begins a word: True or False for each step (B, T)."""
        found = torch.zeros(x_BTD.shape[:2], dtype=torch.bool)
        for row, indices in enumerate(x_BTD.argmax(-1).tolist()):
            word = ""
            for step, index in enumerate(indices):
                word += chr(ord("a") + index)
                if word in self.lexicon:
                    found[row, step], word = True, ""
        return found

    @property
    def baseline(self):
        """That of the letters in the long run."""
        text = "".join(self.lexicon)
        return entropy([text.count(letter) for letter in set(text)])

    @property
    def best(self):
        """What the letters after the first tell: how many words are left before and after each."""
        begins = [1.0]  # the probability that a word begins at letter t
        for t in range(1, self.T + 1):
            before = (begins[t - len(word)] for word in self.lexicon if len(word) <= t)
            begins.append(sum(before) / len(self.lexicon))
        total = 0.0
        for word in self.lexicon:
            for j in range(min(len(word), self.T + 1)):
                known = sum(begins[max(0, 1 - j) : self.T + 1 - j])
                total += known * (self._left(word[:j]) - self._left(word[: j + 1]))
        return total / len(self.lexicon) / self.T

    def _left(self, beginning):
        return math.log(sum(word.startswith(beginning) for word in self.lexicon))
