// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IKeyRegistry} from "./interfaces/IKeyRegistry.sol";
import {KeyRegistry} from "./KeyRegistry.sol";

/// @title The administration of the key registry
/// @notice An OpenZeppelin AccessManager whose admin is a council (2 of n), under which registrars register and revoke
/// keys. New registrars and admins wait for the grant delay, so that a stolen council shows before it acts. No target
/// can be closed and the registry cannot be moved away: registering and revoking always stays possible.
contract KeyAuthority is AccessManager {
    /// @notice The role that registers and revokes keys.
    uint64 public constant REGISTRAR = 1;
    /// @notice The registry under this authority.
    KeyRegistry public immutable registry;

    /// @notice Closing the registry would stop revocations; nobody may.
    error TargetsStayOpen();
    /// @notice The registry stays under this authority.
    error AuthorityIsFixed();
    /// @notice A delay of zero would let a stolen council act at once.
    error DelayRequired();

    /// @notice Makes the registry, and gives registrars and council their roles.
    /// @param council holder of the admin role
    /// @param registrars who registers and revokes from the first block on
    /// @param grantDelay seconds for which later registrars and admins wait
    /// @param history keys that the registry of a lost chain held; see KeyRegistry
    constructor(
        address council,
        address[] memory registrars,
        uint32 grantDelay,
        IKeyRegistry.KnownKey[] memory history
    ) AccessManager(council) {
        if (grantDelay == 0) revert DelayRequired();
        registry = new KeyRegistry(address(this), history);
        bytes4[2] memory selectors = [IKeyRegistry.register.selector, IKeyRegistry.revoke.selector];
        for (uint256 i = 0; i < selectors.length; ++i) {
            _setTargetFunctionRole(address(registry), selectors[i], REGISTRAR);
        }
        for (uint256 i = 0; i < registrars.length; ++i) {
            _grantRole(REGISTRAR, registrars[i], 0, 0);
        }
        _setGrantDelay(REGISTRAR, grantDelay);
        _setGrantDelay(ADMIN_ROLE, grantDelay);
    }

    /// @notice How long a change of a delay waits.
    /// @dev The first delays hold from the first block on (there is no code yet); later changes wait five days.
    function minSetback() public view override returns (uint32) {
        return address(this).code.length == 0 ? 0 : 5 days;
    }

    /// @notice Changes how long new holders of a role wait; zero is refused.
    /// @param roleId the role
    /// @param newDelay seconds, at least one
    /// @dev A registrar's grant delay may be lengthened but never removed.
    function setGrantDelay(uint64 roleId, uint32 newDelay) public override {
        if (newDelay == 0) revert DelayRequired();
        super.setGrantDelay(roleId, newDelay);
    }

    /// @notice Always refused.
    function setTargetClosed(address, bool) public pure override {
        revert TargetsStayOpen();
    }

    /// @notice Always refused.
    function updateAuthority(address, address) public pure override {
        revert AuthorityIsFixed();
    }
}
