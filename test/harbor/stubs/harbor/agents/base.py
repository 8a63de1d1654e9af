"""Stands in for Harbor's class of this name, as its documentation describes it."""


class BaseAgent:
    SUPPORTS_ATIF = False

    def __init__(self, logs_dir, model_name=None, logger=None):
        self.logs_dir = logs_dir
        self.model_name = model_name
