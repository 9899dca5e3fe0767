"""Whose health fell, or says otherwise than the commercial signs: one alert an episode, with what helped before.

`reading` asks the gate, `signs` asks for the commercial side, `changes` judges, `episodes` remembers, `cases` compares
with past interventions, `alert` and `digest` say it, `run` puts them together for one day.
"""
