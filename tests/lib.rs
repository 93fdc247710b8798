//! Tests of mu as its users meet it; see main.rs.
