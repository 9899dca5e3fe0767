"""Why a number changed: pure functions on plain numbers, nothing of catalogs or warehouses.

Every decomposition is exact: what the members explain and the unexplained rest add up to the change.
"""
