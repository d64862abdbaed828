"""The subcommands of ``snowpeople``, a module each: arguments in, one call, and what comes back shown."""
