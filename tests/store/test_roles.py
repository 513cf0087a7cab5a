import pytest

from bot.store.database import Database
from bot.store.roles import SqlRoles
from tests.contracts.roles import RolesContract


class TestSqlRoles(RolesContract):
    @pytest.fixture
    def roles(self, database: Database) -> SqlRoles:
        return SqlRoles(database)
