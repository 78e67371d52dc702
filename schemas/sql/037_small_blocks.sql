-- Smaller blocks where a few rows of many columns are asked for: a block is unpacked whole for one row of it, and of a column of numbers 64 KiB
-- are eight granules. An agent's alerts take a quarter less processor, its events a seventh, for 2.5 % more room; what looks through all rows
-- takes as long as before.
--
-- Parts that stand already keep their blocks until they are merged.
ALTER TABLE events MODIFY SETTING min_compress_block_size = 16384;
ALTER TABLE alerts MODIFY SETTING min_compress_block_size = 16384;
ALTER TABLE alert_list MODIFY SETTING min_compress_block_size = 16384;
ALTER TABLE findings MODIFY SETTING min_compress_block_size = 16384;
ALTER TABLE sessions MODIFY SETTING min_compress_block_size = 16384;
