"""Templates of the pages that everybody opens, built once for each language: what they include and extend is put in its place, and texts
and addresses of static files stand there as they are, so that a view writes its few values between long pieces of text.

Written like any other template. What differs from Flask's `render_template`: what is not handed over is not there (no `g`, no `request`), but
for `language` and `languages`; and what is included and names nothing else is written once.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, cast

from flask import current_app
from jinja2 import meta, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from webapp import i18n
from webapp.web.headers import static, style
from webapp.web.kit import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jinja2 import Environment, Template

WORDS = ("_", "gettext")  # their texts have places for values, and so write %% for %


def render(name: str, **values: object) -> str:
    """The page in the language of this request."""
    return written(built(cast("Environment", current_app.jinja_env), name, texts().language), values)


def written(template: Template, values: Mapping[str, object]) -> str:
    """The page. `Template.render` does the same, but builds a chain of dictionaries first, which takes as long as a third of the page."""
    return "".join(template.root_render_func(template.new_context({**template.globals, **values}, shared=True)))


@functools.cache
def built(environment: Environment, name: str, language: str) -> Template:
    """The template with all that does not depend on the order in its place."""
    words = i18n.texts(language, i18n.HOMES[language]).gettext
    known: dict[str, Callable[[str], str]] = {**dict.fromkeys(WORDS, words), "static": static, "style": style}
    always = {"language": language, "languages": i18n.NAMES}

    environment = environment.overlay()
    environment.getattr = getattr  # type: ignore[method-assign,assignment]  # what is not there is an error, and Jinja's own search takes longer

    def compiled(tree: nodes.Template) -> Template:
        code = environment.compile(_joined(_Known(known).visit(tree)), name, name)
        return environment.template_class.from_code(environment, code, {**always})

    def once(tree: nodes.Template) -> Sequence[nodes.Node]:
        if meta.find_undeclared_variables(tree) - set(known) - set(always):
            return tree.body
        return [nodes.Output([nodes.TemplateData(written(compiled(tree), {}))])]

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
        if isinstance(node, nodes.Output) and made and isinstance(made[-1], nodes.Output):
            made[-1] = nodes.Output([*made[-1].nodes, *node.nodes], lineno=made[-1].lineno)
        else:
            made.append(node)
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
    """Puts what some functions say of a constant in the place of their calls, as Jinja's own gettext would have it."""

    def __init__(self, known: Mapping[str, Callable[[str], str]]) -> None:
        self._known = known

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        node = cast("nodes.Call", self.generic_visit(node))
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        function = self._known.get(name)
        if function is None or [type(each) for each in node.args] != [nodes.Const]:
            return node
        said = Markup(function(_constant(node.args[0])))  # noqa: S704  # nosec B704  # our own words, as its extension takes them
        at = {"lineno": node.lineno}
        if not node.kwargs:
            whole = said % {} if name in WORDS else said
            return nodes.MarkSafe(nodes.Const(str(whole), **at), **at)
        values = [nodes.Pair(nodes.Const(each.key, **at), each.value, **at) for each in node.kwargs]
        return nodes.Mod(nodes.MarkSafe(nodes.Const(str(said), **at), **at), nodes.Dict(values, **at), **at)


def _constant(node: nodes.Node) -> Any:
    if not isinstance(node, nodes.Const):
        raise TypeError("a name that is only known when the page is shown")
    return node.value
