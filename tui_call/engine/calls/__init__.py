"""Calls as the engine has them: the cores of `tui_call.calls` with paths, sound and a clock.

`runner` owns a call and feeds its core; `leg` carries out what the core wants of one leg, with the
parts `paths` and `leg_media`.
"""
