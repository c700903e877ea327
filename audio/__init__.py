"""Sound in and out: devices, files, voice detection, endpointing, playout."""
