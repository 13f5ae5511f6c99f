//! Ids, time, money, codes, Actor and Cx: the words that every room shares. No I/O.
