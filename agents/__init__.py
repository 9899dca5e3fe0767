"""Who works unasked: briefs, investigations and alerts, through the same gate as everybody. None is built yet."""
