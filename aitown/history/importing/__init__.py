"""Runs of other systems become run folders, so that everything that reads a run reads them."""

from aitown.history.importing.generative_agents import is_generative_agents, write_generative_agents

__all__ = ["is_generative_agents", "write_generative_agents"]
