//! Verdicts, each from facts.
