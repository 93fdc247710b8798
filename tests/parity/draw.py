"""mu's random numbers (src/mu-engine/src/draw.rs) once more, so that scripts see the same batches and initialisations."""
import math

import blake3

MASK = (1 << 64) - 1


class Draw:
    """A stream, named by seed, stage, purpose and index."""

    def __init__(self, seed, stage, purpose, index):
        self.hasher = blake3.blake3(f"mu draw 1\n{seed}\n{stage}\n{purpose}\n{index}".encode())
        self.bytes, self.at = b"", 0

    def bits(self):
        if self.at + 8 > len(self.bytes):
            self.bytes += self.hasher.digest(length=1 << 14, seek=len(self.bytes))
        self.at += 8
        return int.from_bytes(self.bytes[self.at - 8 : self.at], "little")

    def unit(self):
        return (self.bits() >> 11) / (1 << 53)

    def below(self, n):
        while True:
            wide = self.bits() * n
            if (wide & MASK) >= ((1 << 64) - n) % n:
                return wide >> 64

    def normal(self):
        radius = math.sqrt(-2 * math.log(1 - self.unit()))
        return radius * math.cos(2 * math.pi * self.unit())

    def shuffle(self, items):
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items

    def permutation(self, n):
        return self.shuffle(list(range(n)))
