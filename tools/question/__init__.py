"""Reads a question without a model: every content word must be accounted for, or the question is refused."""

from tools.question.reader import QuestionReader
from tools.question.reading import Reading

__all__ = ["QuestionReader", "Reading"]
