"""The systems, in the order in which a tick runs them. Each writes the columns that it owns and reads any.

opening: which places let visitors in · routine: what the day asks for · needs: hunger, energy, company, fun, mood ·
choosing: what to do, where, why, until when · walking: one step on · meeting: who talks with whom · talking: whose turn
it is · doing: what an observer sees.
"""
