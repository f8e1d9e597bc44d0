"""From what the engine knows to what a screen shows: pure functions into `control.views`.

Nothing that a view is made of knows the view. Names and other words of people pass
`foreign_text.clean` on the way, so no screen gets them raw.
"""
