from netloom.graph.operator import operator


@operator(group="data")
def digits() -> float:
    """Count the fingers."""
    return 10.0
