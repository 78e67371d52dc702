-- events.told_fields: which fields an event reported, of those that nothing else counts (models/src/reported-fields.ts): bits.
--
-- Who writes: baseline. Who reads: counting (family `reported`), so that an event that leaves out what its agent always tells
-- is seen. Rows stored before tell none: what they had is not known.
ALTER TABLE events ADD COLUMN IF NOT EXISTS told_fields UInt16 DEFAULT 0 AFTER late;
