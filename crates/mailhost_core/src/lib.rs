//! What every mailhost plugin shares.
