"""Templates of the pages that everybody opens, built once for each language: what they include and extend is put in its place, and texts
and addresses of static files stand there as they are, so that a view writes its few values between long pieces of text.

Written like any other template. What differs from Flask's `render_template`: what is not handed over is not there (no `g`, no `request`), but
for `language`, `dir` and `languages`; and what is included and names nothing else is written once.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, cast

from flask import current_app
from jinja2 import meta, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from webapp import i18n
from webapp.web.headers import static, style
from webapp.web.locale import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from jinja2 import Environment, Template

WORDS = ("_", "gettext")  # their texts have places for values, and so write %% for %
PLACE = re.compile(r"%\((\w+)\)s")


def render(name: str, **values: object) -> bytes:
    """The page in the language of this request, in UTF-8. Its pieces are encoded each for itself: most are the same on every page."""
    template = precompiled(cast("Environment", current_app.jinja_env), name, texts().language)
    return b"".join(map(_encoded, pieces(template, values)))


def pieces(template: Template, values: Mapping[str, object]) -> Iterable[str]:
    """What the page is made of. `Template.generate` does the same, but builds a chain of dictionaries first, which takes as long as a
    third of the page."""
    return template.root_render_func(template.new_context({**template.globals, **values}, shared=True))


@functools.lru_cache(maxsize=8192)
def _encoded(piece: str) -> bytes:
    return piece.encode()


@functools.lru_cache(maxsize=4096, typed=True)
def _escaped(value: Any) -> Markup:
    """MarkupSafe's `escape`: a page writes the same few values in many places, and a shop's on all of its pages. Typed, because text that
    is escaped already equals text that is not. Values are texts: numbers that are equal may be written otherwise."""
    return escape(value)


@functools.cache
def precompiled(environment: Environment, name: str, language: str) -> Template:
    """The template with all that does not depend on the order in its place."""
    t = i18n.texts(language, i18n.HOMES[language])
    known: dict[str, Callable[[str], str]] = {**dict.fromkeys(WORDS, t.gettext), "static": static, "style": style}
    constants = {"language": language, "dir": t.direction}
    always = {**constants, "languages": i18n.NAMES}

    environment = environment.overlay()
    environment.getattr = getattr  # type: ignore[method-assign,assignment]  # what is not there is an error, and Jinja's own search takes longer

    def compiled(tree: nodes.Template) -> Template:
        code = environment.compile(_joined(_Known(known, constants).visit(tree)), name, name)
        template = environment.template_class.from_code(environment, code, {**always})
        template.root_render_func.__globals__["escape"] = _escaped
        return template

    def once(tree: nodes.Template) -> Sequence[nodes.Node]:
        if meta.find_undeclared_variables(tree) - set(known) - set(always):
            return tree.body
        return [nodes.Output([nodes.TemplateData("".join(pieces(compiled(tree), {})))])]

    return compiled(_flat(environment, name, {}, once))


def _flat(
    environment: Environment,
    name: str,
    blocks: Mapping[str, list[nodes.Node]],
    once: Callable[[nodes.Template], Sequence[nodes.Node]],
) -> nodes.Template:
    """The tree of a template and of all that it includes or extends; `blocks` are what a template that extends this one says, `once` makes
    of an included template what is to be put in."""
    if environment.loader is None:
        raise LookupError(name)
    tree = environment.parse(environment.loader.get_source(environment, name)[0], name)
    told = {block.name: block.body for block in tree.find_all(nodes.Block)} | dict(blocks)
    base = tree.find(nodes.Extends)
    if base is not None:
        return _flat(environment, _constant(base.template), told, once)

    def included(name: str) -> Sequence[nodes.Node]:
        return once(_flat(environment, name, {}, once))

    return cast("nodes.Template", _Flat(included, told).visit(tree))


def _joined(tree: nodes.Template) -> nodes.Template:
    """The tree with pieces of text that follow each other as one: each is a step of the page's making."""
    for node in [tree, *tree.find_all(nodes.Node)]:
        for field, value in node.iter_fields():
            if isinstance(value, list) and any(isinstance(each, nodes.Output) for each in value):
                setattr(node, field, _one_output_each(value))
    return tree


def _one_output_each(body: Sequence[nodes.Node]) -> list[nodes.Node]:
    made: list[nodes.Node] = []
    for node in body:
        if not isinstance(node, nodes.Output):
            made.append(node)
            continue
        written = [piece for each in node.nodes for piece in (each.nodes if isinstance(each, nodes.Concat) else [each])]
        if made and isinstance(made[-1], nodes.Output):
            made[-1] = nodes.Output([*made[-1].nodes, *written], lineno=made[-1].lineno)
        else:
            made.append(nodes.Output(written, lineno=node.lineno))
    return made


class _Flat(NodeTransformer):
    """Puts what is included, and the blocks, in their places."""

    def __init__(self, included: Callable[[str], Sequence[nodes.Node]], blocks: Mapping[str, list[nodes.Node]]) -> None:
        self._included, self._blocks = included, blocks

    def visit_Include(self, node: nodes.Include) -> Sequence[nodes.Node]:  # noqa: N802  # Jinja's own names
        return self._included(_constant(node.template))

    def visit_Block(self, node: nodes.Block) -> Sequence[nodes.Node]:  # noqa: N802
        return cast("nodes.Scope", self.generic_visit(nodes.Scope(self._blocks[node.name]))).body


class _Known(NodeTransformer):
    """Puts what some functions say of a constant in the place of their calls, as Jinja's own gettext would have it; and constants in the
    place of their names."""

    def __init__(self, known: Mapping[str, Callable[[str], str]], constants: Mapping[str, str]) -> None:
        self._known, self._constants = known, constants

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802  # Jinja's own names
        if node.name not in self._constants:
            return node
        if node.ctx != "load":
            raise TypeError(f"{node.name} is a constant of every page")
        return nodes.Const(self._constants[node.name], lineno=node.lineno)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        node = cast("nodes.Call", self.generic_visit(node))
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        function = self._known.get(name)
        if function is None or [type(each) for each in node.args] != [nodes.Const]:
            return node
        said = function(_constant(node.args[0]))
        if name not in WORDS:
            return _text(said, node.lineno)
        values = {each.key: each.value for each in node.kwargs}
        split = enumerate(PLACE.split(said))
        parts = [values[part] if number % 2 else _text(part % {}, node.lineno) for number, part in split]
        return nodes.Concat(parts, lineno=node.lineno) if len(parts) > 1 else parts[0]


def _text(said: str, line: int) -> nodes.Expr:
    """Our own words, which hold markup as it is to be."""
    return nodes.MarkSafe(nodes.Const(said, lineno=line), lineno=line)


def _constant(node: nodes.Node) -> Any:
    if not isinstance(node, nodes.Const):
        raise TypeError("a name that is only known when the page is shown")
    return node.value
