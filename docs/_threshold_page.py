"""The page of every threshold of the analysis with its reason, read from the source."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re

from _markdown import table

import groundglass.analysis


def thresholds_page() -> str:
    """Return every named figure of the analysis modules."""
    parts = [
        "# Thresholds of the analysis",
        "",
        "Every figure that the analysis compares with, and why it is what it is. Names end in their unit: `_hu`, "
        "`_mm`, `_mm2`, `_ml`, `_percent`; a share lies between 0 and 1.",
    ]
    for info in pkgutil.walk_packages(groundglass.analysis.__path__, "groundglass.analysis."):
        if info.ispkg or info.name.endswith((".result", ".schema", ".reading")):
            continue
        module = importlib.import_module(info.name)
        tree = ast.parse(inspect.getsource(module))
        rows = [*_constants(tree), *_rule_fields(module)]
        if rows:
            summary = " ".join((inspect.getdoc(module) or "").split("\n\n")[0].split())
            name = info.name.removeprefix("groundglass.analysis.")
            parts += ["", f"## {name}", "", summary, "", table(["name", "value", "why"], rows)]
    return "\n".join(parts) + "\n"


def _constants(tree: ast.Module) -> list[tuple[str, str, str]]:
    """Return the module-level numbers with the text below each."""
    found: list[tuple[str, str, str]] = []
    for node, after in zip(tree.body, [*tree.body[1:], ast.Pass()], strict=True):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if not (isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Name) and value is not None):
            continue
        if not re.fullmatch(r"[A-Z][A-Z0-9_]+", target.id) or not _is_number(value):
            continue
        reason = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
        found.append((target.id, ast.unparse(value), str(reason).replace("``", "`")))
    return [
        (f"`{name}`", f"`{value}`", reason or _shared(found, place))
        for place, (name, value, reason) in enumerate(found)
    ]


def _shared(found: list[tuple[str, str, str]], place: int) -> str:
    """Name the neighbour of like name whose text a number without one of its own shares."""
    first_word = found[place][0].split("_")[0]
    for n in (place - 1, place + 1):
        if 0 <= n < len(found) and found[n][2] and found[n][0].split("_")[0] == first_word:
            return f"Goes with `{found[n][0]}`."
    return ""


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand)
    if isinstance(node, ast.BinOp):
        return _is_number(node.left) and _is_number(node.right)
    if isinstance(node, ast.Tuple):
        return all(_is_number(element) for element in node.elts)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _rule_fields(module: object) -> list[tuple[str, str, str]]:
    """Return the fields of dataclasses whose name ends in Rules or Model, with their numpydoc text."""
    rows = []
    for name, kind in inspect.getmembers(module, inspect.isclass):
        if kind.__module__ != getattr(module, "__name__", "") or not name.endswith(("Rules", "Options", "Model")):
            continue
        if not dataclasses.is_dataclass(kind):
            continue
        texts = _attribute_texts(inspect.getdoc(kind) or "") | getattr(module, "RULE_REASONS", {})
        for field in dataclasses.fields(kind):
            if isinstance(field.default, int | float | tuple):
                rows.append((f"`{name}.{field.name}`", f"`{field.default}`", texts.get(field.name, "")))
    return rows


def _attribute_texts(doc: str) -> dict[str, str]:
    """Return name and text of each entry under Attributes or Parameters of a numpydoc docstring."""
    texts: dict[str, str] = {}
    names: list[str] = []
    for line in doc.splitlines():
        if head := re.match(r"^([a-z_0-9, ]+) : ", line):
            names = [name.strip() for name in head.group(1).split(",")]
        elif line.startswith("    "):
            for name in names:
                texts[name] = f"{texts.get(name, '')} {line.strip()}".strip()
        elif not line.strip() or not line.startswith("-"):
            names = [] if line.strip() else names
    return texts
