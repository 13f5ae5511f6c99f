//! How much a stranger's file may cost us.

/// Bounds on one file. The defaults fit a city's ledger with room to spare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most data rows, blank ones not counted.
    pub rows: u64,
    /// Most filled cells in one row.
    pub columns: usize,
    /// Most bytes that a zip container may unpack to, all parts together.
    pub unpacked_bytes: u64,
    /// Most bytes of one part that has to be held in memory, such as the shared strings.
    pub held_bytes: u64,
    /// Most times that a container over 16 MiB unpacked may exceed its packed size.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 1_000_000,
            columns: 512,
            // A million rows of sixteen columns are about 0.8 GiB of worksheet XML.
            unpacked_bytes: 2 << 30,
            held_bytes: 512 << 20,
            // Real worksheets pack 8 to 60 times; DEFLATE's own limit is 1032.
            ratio: 200,
        }
    }
}
