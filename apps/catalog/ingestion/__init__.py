"""
From locations to entities: read, process, write, stitch.

`reading` follows a location through files and Location entities, `processing` turns a document into
a validated entity, `writing` stores what changed, `stitching` makes the final entities. Everything
after reading happens in one transaction.
"""
