"""Systems of one's own: classes and functions that a researcher adds to a town, with columns of their own."""

from aitown.sim.own.declaring import Declared, column, declare
from aitown.sim.own.model import OwnModel, schema_with

__all__ = ["Declared", "OwnModel", "column", "declare", "schema_with"]
