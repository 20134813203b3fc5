"""Compiled functions that only compiled functions call: linked into their callers, made into machine code once there.

numba compiles each function for itself as if Python would call it: two wrappers, an optimised module with everything
that it calls, machine code of that, and a file in the cache. Of some 140 functions of the simulation Python calls ten;
for the others this was more than half of a first start. Here a function keeps its plain code until a
caller that Python does call gathers what it needs, optimises it in one go and makes the machine code.

This uses `numba.core`, which numba may change; `tests/sim/test_compiled.py` tells when it did.
"""

from __future__ import annotations

import gc
import zlib
from pathlib import Path
from typing import Any

from numba.core import funcdesc, itanium_mangler, types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder, Flags, _LowerResult
from numba.core.compiler_machinery import register_pass
from numba.core.registry import CPUDispatcher
from numba.core.typed_passes import NativeLowering


class _Part(JITCodeLibrary):
    """The plain code of one function."""

    def _optimize_final_module(self) -> None:
        pass

    def finalize(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        """For callers that numba compiles in its own way, which links what they call and no further."""
        module = self.alone().clone()
        for library in _reached(self._linking_libraries):
            module.link_in(library._get_module_for_linking(), preserve=True)
        return module

    def alone(self) -> Any:
        """The code without that of the functions that it calls."""
        return super()._get_module_for_linking()


class _Whole(JITCodeLibrary):
    """The code of a function that Python calls, with all parts that it reaches."""

    def finalize(self) -> None:
        self._linking_libraries = _reached(self._linking_libraries)
        super().finalize()


class _Alone:
    """A part as a library to link, without what it calls."""

    def __init__(self, part: _Part) -> None:
        self._reload_init = part._reload_init
        self._get_module_for_linking = part.alone


def _reached(libraries: list[Any]) -> list[Any]:
    """All that these need, each once, callers before what they call: LLVM leaves out what nobody has asked for yet."""
    found: dict[Any, None] = {}

    def visit(library: Any) -> None:
        if library not in found:
            if isinstance(library, _Part):
                for other in library._linking_libraries:
                    visit(other)
            found[library] = None

    for library in libraries:
        visit(library)
    return [_Alone(library) if isinstance(library, _Part) else library for library in reversed(found)]


@register_pass(mutates_CFG=True, analysis_only=False)
class _PartLowering(NativeLowering):
    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        context, flags = state.targetctx, state.flags
        codegen = context.codegen()
        library = state.library = _Part(codegen, state.func_id.func_qualname)
        library._reload_init.update(state.reload_init)
        descriptor = funcdesc.PythonFunctionDescriptor.from_specialized_function(
            state.func_ir,
            state.typemap,
            state.return_type,
            state.calltypes,
            mangler=_name,
            inline=flags.forceinline,
            noalias=flags.noalias,
            abi_tags=[flags.get_mangle_string()],
        )
        with context.push_code_library(library):
            lower = self.lowering_class(context, library, descriptor, state.func_ir, metadata=state.metadata)
            lower.lower()
        handle = _Handle()
        context.insert_user_function(handle, descriptor, [library])
        state.reload_init.extend(library._reload_init)
        state.cr = _LowerResult(descriptor, lower.call_helper, cfunc=handle, env=lower.env)
        return True


def _name(name: str, types: tuple[Any, ...], *, abi_tags: tuple[str, ...] = (), uid: int | None = None) -> str:
    """A part's name for the linker, with a number for its types: those of a World take thousands of letters."""
    digest = zlib.crc32(repr(types).encode())
    found: str = itanium_mangler.mangle(f"{name}.{digest:08x}", (), abi_tags=abi_tags, uid=uid)
    return found


class _Flags(Flags):
    """numba's flags, compared by what was set: numba makes a dict of all thirty, twice each of ten thousand times."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Flags) and self._values == other._values

    def __hash__(self) -> int:
        return hash(frozenset(self._values))


class _Handle:
    """What numba knows a part by, in place of the wrapper that Python would call."""


@register_pass(mutates_CFG=True, analysis_only=False)
class _WholeLowering(NativeLowering):
    _name = "whole_lowering"

    def run_pass(self, state: Any) -> bool:
        state.library = _Whole(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return bool(super().run_pass(state))


class _PartCompiler(CompilerBase):
    lowering: type[NativeLowering] = _PartLowering

    def define_pipelines(self) -> list[Any]:
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        at = [made for made, _ in passes.passes].index(NativeLowering)
        passes.passes[at] = (self.lowering, str(self.lowering._name))
        passes._finalized = False
        passes.finalize()
        return [passes]


class _WholeCompiler(_PartCompiler):
    lowering = _WholeLowering


class _PartDispatcher(CPUDispatcher):
    def add_overload(self, result: Any) -> None:
        self.overloads[tuple(result.signature.args)] = result


def _wide(given: Any) -> Any:
    """The type that a part takes an argument as: a whole number of any length, or a known one, is one of 64 bits.

    Else a part would be made for each length that a column has, which was a quarter of all parts.
    """
    plain = types.unliteral(given)
    return types.int64 if isinstance(plain, types.Integer) and plain != types.uint64 else plain


class Kernel(CPUDispatcher):
    """A compiled function: whole when Python calls it, a part when compiled code does."""

    def __init__(self, function: Any, options: dict[str, Any]) -> None:
        super().__init__(function, targetoptions=options, pipeline_class=_WholeCompiler)
        self.part = _PartDispatcher(function, targetoptions=options, pipeline_class=_PartCompiler)
        dispatchers: list[Any] = [self, self.part]
        for one in dispatchers:
            one._compiler._customize_flags = _Flags
        self.enable_caching()

    @property
    def folder(self) -> Path:
        """Where its machine code is kept: numba has a folder for each folder of sources."""
        return Path(self._cache.cache_path)  # type: ignore[attr-defined]

    def compile(self, sig: Any) -> Any:
        """The code for these types. Without collecting garbage meanwhile: nearly all that compiling makes, it keeps."""
        collects = gc.isenabled()
        gc.disable()
        try:
            return super().compile(sig)
        finally:
            if collects:
                gc.enable()

    def get_call_template(self, args: Any, kws: Any) -> Any:
        return self.part.get_call_template(
            [_wide(arg) for arg in args], {name: _wide(arg) for name, arg in kws.items()}
        )

    def get_overload(self, signature: Any) -> Any:
        return self.part.get_overload(signature)
