"""Questions on a terminal, on stderr: with a default, with a choice, and with a way back to the question before."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from tuimail.cli.passwords import ask_hidden
from tuimail.cli.session import lines_of, say
from tuimail.model.errors import ConfigError

BACK = "<"


class GoBack(Exception):
    """The person typed `<`."""


class Questions:
    """`somebody`: a person is there to answer; without one, a question that needs an answer is an error."""

    def __init__(self, *, somebody: bool) -> None:
        self.somebody = somebody

    def ask(self, question: str, default: str) -> str:
        """What the person types, or `default`; without a person, `default`.

        Raises:
            GoBack: they want the question before.
        """
        if not self.somebody:
            return default
        told = f"{question} [{default}]" if default else question
        prompt = "\n".join(lines_of(told, sys.stderr, indent=2))
        answer: str = click.prompt(prompt, default=default, show_default=False, err=True).strip()
        if answer == BACK:
            raise GoBack
        return answer

    def need(self, option: str, given: str | None, question: str, default: str) -> str:
        """What an option gave, else what the person says.

        Raises:
            ConfigError: nobody is there to say it; the option is named.
            GoBack: they want the question before.
        """
        if given:
            return given
        if not self.somebody:
            raise ConfigError(f"{option} is missing, and there is no one to ask.", hint=f"Add {option}.")
        return self.ask(question, default)

    def choose(self, question: str, choices: Sequence[str], default: str) -> str:
        """One of `choices`, of which the beginning is enough; without a person, `default`.

        Raises:
            GoBack: they want the question before.
        """
        while True:
            answer = self.ask(f"{question} ({'/'.join(choices)})", default).lower()
            fitting = [choice for choice in choices if choice.startswith(answer)]
            if answer in choices or (answer and len(fitting) == 1):
                return answer if answer in choices else fitting[0]
            say(f"Answer with one of: {', '.join(choices)}.")

    def hidden(self, question: str) -> str:
        """What the person types, which is not shown.

        Raises:
            GoBack: they want the question before.
        """
        answer = ask_hidden(question)
        if answer == BACK:
            raise GoBack
        return answer
