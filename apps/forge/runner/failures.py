"""Why a step fails or is left out."""


class StepFailed(Exception):
    """A step cannot do what it says; the message goes into the log and the annotations."""


class StepSkipped(Exception):
    """The embedded runner cannot do this step and leaves it out, visibly."""
