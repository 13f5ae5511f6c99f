//! Units, dated states, coverage, and the ledger's way in and out of Excel.
