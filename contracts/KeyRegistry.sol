// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IKeyRegistry} from "./interfaces/IKeyRegistry.sol";

/// @title Keys, persons, roles and periods
/// @notice Says which key spoke for whom at a time; see IKeyRegistry.
contract KeyRegistry is IKeyRegistry, AccessManaged {
    mapping(address key => Key) private _keys;

    /// @inheritdoc IKeyRegistry
    bool public immutable replayed;

    /// @notice Begins empty, or with the keys of a registry that was lost.
    /// @param authority who may register and revoke
    /// @param history keys of the registry that a lost chain held; empty for a first deployment
    constructor(address authority, KnownKey[] memory history) AccessManaged(authority) {
        replayed = history.length > 0;
        for (uint256 i = 0; i < history.length; ++i) {
            Key memory known = history[i].authority;
            _keys[history[i].key] = known;
            emit KeyRegistered(history[i].key, known.person, known.role, known.scope, known.from, known.to);
        }
    }

    /// @inheritdoc IKeyRegistry
    function register(address key, bytes32 person, Role role, bytes32 scope, uint64 from, uint64 to) external restricted {
        if (key == address(0) || person == 0 || role == Role.None) revert IncompleteKey();
        if (_keys[key].role != Role.None) revert KeyAlreadyRegistered(key);
        if (from < block.timestamp || to <= from) revert BadPeriod(from, to);

        _keys[key] = Key({person: person, scope: scope, role: role, from: from, to: to});
        emit KeyRegistered(key, person, role, scope, from, to);
    }

    /// @inheritdoc IKeyRegistry
    function revoke(address key) external restricted {
        _end(key);
    }

    /// @inheritdoc IKeyRegistry
    function renounce() external {
        _end(msg.sender);
    }

    /// @inheritdoc IKeyRegistry
    function speaks(address key, Role role, bytes32 scope, uint64 time) external view returns (bool) {
        Key storage known = _keys[key];
        return known.role == role && known.scope == scope && known.from <= time && time < known.to;
    }

    /// @inheritdoc IKeyRegistry
    function keyOf(address key) external view returns (Key memory) {
        return _keys[key];
    }

    function _end(address key) private {
        Key storage known = _keys[key];
        if (known.role == Role.None) revert UnknownKey(key);
        if (known.to <= block.timestamp) revert KeyAlreadyEnded(key, known.to);

        known.to = uint64(block.timestamp);
        emit KeyRevoked(key, uint64(block.timestamp));
    }
}
