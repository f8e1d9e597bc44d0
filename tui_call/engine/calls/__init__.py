"""Calls as the engine has them: the cores of `tui_call.calls` with paths, sound and a clock.

`call_list` says which there are, `call_state` what is known of each, `manager` what one means for
the others, `focus` which one is heard. `direct` makes those that go from device to device. `runner`
owns a call and feeds its core; `leg` carries out what the core wants of one leg, with the parts
`paths`, `leg_media` and `leg_figures`. `engine.views` makes what is shown.
"""
