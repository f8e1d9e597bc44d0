"""Admin: people, groups, policies, devices and the audit, and a draft of changes to them."""
