"""Each channel is a module with one ``send``. It raises what went wrong; silence means it went."""

from notifications.channels import inbox

SEND = {"inbox": inbox.send}
