"""An amount, shared out by weights so that not a cent is lost."""

from .errors import BookError


def split(amount, weights):
    """
    The cents that each sharer bears: a mapping of the same names, which sums to `amount`.

    `weights` maps names to whole numbers above zero. Cents that do not divide evenly go to those who come first.
    """
    total = sum(weights.values())
    if total == 0:
        raise BookError("nobody shares this")
    shares = {name: int(amount * weight / total) for name, weight in weights.items()}
    left = amount - sum(shares.values())
    for name in weights:
        if left <= 0:
            break
        shares[name] += 1
        left -= 1
    return shares
