"""Every column of every table is declared personal or not (webapp/db/personal.py)."""

from __future__ import annotations

from collections import Counter

from webapp.db import models, personal


def test_every_column_is_declared_personal_or_not_and_once() -> None:
    declared = Counter(
        (table, column)
        for places in (personal.OF_BUYERS, personal.OF_STAFF, personal.KEPT)
        for table, columns in places.items()
        for column in columns
    )
    there = {(table.name, column.name) for table in models.Base.metadata.sorted_tables for column in table.columns}
    assert there - declared.keys() == set(), "declare them: personal.OF_BUYERS, OF_STAFF or KEPT"
    assert declared.keys() - there == set(), "no such columns any more"
    assert [each for each, times in declared.items() if times > 1] == []


def test_of_every_table_with_personal_columns_it_is_declared_for_how_long_they_are_kept() -> None:
    personal_in = {*personal.OF_BUYERS, *personal.OF_STAFF}
    assert personal_in - personal.KEPT_FOR.keys() == set(), "declare it: personal.KEPT_FOR"
    assert personal.KEPT_FOR.keys() - personal_in == set(), "nothing personal is there any more"


def test_what_is_written_in_the_place_of_a_person_s_data_fits_its_column() -> None:
    tables = models.Base.metadata.tables
    for table in personal.OF_BUYERS:
        for column, value in personal.written(table).items():
            assert value is not None or tables[table].columns[column].nullable, f"{table}.{column} takes no NULL"
