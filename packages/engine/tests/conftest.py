from connectory_engine.testing import local_engine

__all__ = ["local_engine"]
