"""Works out a line of arithmetic that a model wrote: numbers, operators and a few functions, nothing else."""

import ast
from collections.abc import Callable, Mapping
from typing import Any

LONGEST = 500
"""Characters of an expression."""
LARGEST = 10**100
"""The largest number on the way to the result."""
_HIGHEST = 1000
"""The largest exponent."""

_Number = int | float
_TWO: Mapping[type[ast.operator], Callable[[_Number, _Number], _Number]] = {
    ast.Add: lambda one, other: one + other,
    ast.Sub: lambda one, other: one - other,
    ast.Mult: lambda one, other: one * other,
    ast.Div: lambda one, other: one / other,
    ast.FloorDiv: lambda one, other: one // other,
    ast.Mod: lambda one, other: one % other,
}
_CALLS: Mapping[str, Callable[..., Any]] = {"abs": abs, "max": max, "min": min, "round": round}


def arithmetic(expression: str) -> _Number:
    """The value; raises `ValueError` for what is no arithmetic, divides by nothing or grows too large."""
    if len(expression) > LONGEST:
        raise ValueError(f"at most {LONGEST} characters, got {len(expression)}")
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body)
    except ZeroDivisionError:
        raise ValueError("division by zero") from None
    except (SyntaxError, RecursionError, MemoryError, TypeError, OverflowError):
        raise ValueError(f"no arithmetic: {expression!r}") from None


def _value(node: ast.expr) -> _Number:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            found: Any = value
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            found = _value(operand)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            found = -_value(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            found = _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _TWO:
            found = _TWO[type(op)](_value(left), _value(right))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _CALLS:
            found = _CALLS[name](*map(_value, args))
        case _:
            raise ValueError("numbers, + - * / // % **, brackets, abs, max, min and round are all there is")
    if not -LARGEST <= found <= LARGEST:
        raise ValueError("the result is too large")
    return found


def _power(base: _Number, exponent: _Number) -> _Number:
    if abs(exponent) > _HIGHEST:
        raise ValueError(f"exponents go up to {_HIGHEST}")
    if base < 0 and exponent != int(exponent):
        raise ValueError("the result is no real number")
    return base**exponent
