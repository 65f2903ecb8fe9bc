"""How much memory autograd holds for the backward pass."""

from weakref import finalize

from torch.autograd.graph import saved_tensors_hooks


class Kept(saved_tensors_hooks):
    """Bytes of the tensors that autograd keeps for a backward pass.

    After ``with kept: ...`` on ``kept = Kept(x_BTD, *weights)``, ``kept.most`` is the most bytes
    at any moment and ``kept.now`` those at present. Each piece of memory counts once, until
    autograd lets go of it; the tensors given are there anyway and do not count. Chapter 9.
    """

    def __init__(self, *others):
        super().__init__(self._pack, lambda unpack: unpack())
        self.now = self.most = 0
        self.uses = {tensor.untyped_storage().data_ptr(): 1 for tensor in others}

    def _pack(self, tensor):
        memory = tensor.untyped_storage()
        where, size, unpack = memory.data_ptr(), memory.nbytes(), lambda: tensor
        self._change(where, size, 1)
        finalize(unpack, self._change, where, size, -1)  # when autograd drops the tensor
        return unpack

    def _change(self, where, size, by):
        before = self.uses.get(where, 0)
        self.uses[where] = before + by
        self.now += size * ((before + by > 0) - (before > 0))
        self.most = max(self.most, self.now)
