// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KeyAuthority} from "../../contracts/KeyAuthority.sol";
import {RecordLedger} from "../../contracts/RecordLedger.sol";
import {SubsidyLedger} from "../../contracts/SubsidyLedger.sol";
import {IKeyRegistry} from "../../contracts/interfaces/IKeyRegistry.sol";
import {IRecordLedger} from "../../contracts/interfaces/IRecordLedger.sol";
import {ISubsidyLedger} from "../../contracts/interfaces/ISubsidyLedger.sol";
import {MerkleSum} from "../../contracts/libraries/MerkleSum.sol";

interface Vm {
    function warp(uint256 time) external;
    function addr(uint256 key) external returns (address);
    function sign(uint256 key, bytes32 digest) external returns (uint8 v, bytes32 r, bytes32 s);
}

/// @notice Officials who sign whatever the fuzzer asks for, in any order; remembers what money must have done.
contract SubsidyHandler {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint32 private constant REGION = 310105;
    uint32 private constant DAYS = 5;
    string private constant CODE = "fund";
    bytes32 public constant FUND = keccak256("fund");
    bytes32 private constant PAYEE = keccak256("payee");
    uint256 private constant PROPOSER = 0xA1;
    uint256 private constant APPROVER = 0xA2;
    uint256 private constant AUDITOR = 0xA3;
    uint256 private constant SUPERVISOR_A = 0xA4;
    uint256 private constant SUPERVISOR_B = 0xA5;
    uint256 private constant TREASURY = 0xA6;

    SubsidyLedger public immutable ledger;
    uint32 public immutable firstDay;
    uint64 private _clock;
    uint256 private _documents;
    uint64 private _openDebt;
    ISubsidyLedger.Terms private _terms;
    /// @notice What each released run paid, and which of these came back and was issued again.
    mapping(uint64 run => uint64) public paid;
    mapping(uint64 run => bool) public cameBack;
    mapping(uint64 run => bool) public again;
    /// @notice Counted by the handler alone, never read from the ledger.
    uint256 public appropriated;
    uint256 public withdrawn;
    uint256 public released;
    uint256 public returned;
    uint256 public repaid;
    uint64 public lastReleased;

    constructor(uint64 clock) {
        _clock = clock;
        address[] memory registrars = new address[](1);
        registrars[0] = address(this);
        KeyAuthority authority = new KeyAuthority(address(this), registrars, 1 days, new IKeyRegistry.KnownKey[](0));
        IKeyRegistry keys = authority.registry();
        RecordLedger records = new RecordLedger(keccak256("invariant"), keys, false, 2 days);
        ledger = new SubsidyLedger(records, keys, 1 days);
        _register(keys, address(this), "operator", IKeyRegistry.Role.Operator);
        _register(keys, VM.addr(PROPOSER), "proposer", IKeyRegistry.Role.Proposer);
        _register(keys, VM.addr(APPROVER), "approver", IKeyRegistry.Role.Approver);
        _register(keys, VM.addr(AUDITOR), "auditor", IKeyRegistry.Role.Auditor);
        _register(keys, VM.addr(SUPERVISOR_A), "a", IKeyRegistry.Role.Supervisor);
        _register(keys, VM.addr(SUPERVISOR_B), "b", IKeyRegistry.Role.Supervisor);
        _register(keys, VM.addr(TREASURY), "treasury", IKeyRegistry.Role.Treasury);
        firstDay = uint32(clock / 1 days) - DAYS - 1;
        IRecordLedger.Root[] memory roots = new IRecordLedger.Root[](DAYS);
        for (uint256 i = 0; i < DAYS; ++i) roots[i] = IRecordLedger.Root(1, keccak256("day"));
        records.seal(REGION, 480, firstDay, roots);
        ISubsidyLedger.Opening memory opening;
        bytes32 document = keccak256(abi.encode(REGION, opening));
        ledger.openFund(REGION, CODE, opening, _fundSigned("open", 0, document, TREASURY), _fundSigned("open", 0, document, SUPERVISOR_A));
    }

    function appropriate(uint32 amount) external {
        bytes32 document = bytes32(++_documents);
        ledger.appropriate(FUND, amount, document, _fundSigned("appropriate", amount, document, TREASURY));
        appropriated += amount;
    }

    function withdraw(uint24 amount) external {
        bytes32 document = bytes32(++_documents);
        try ledger.withdraw(FUND, amount, document, _fundSigned("withdraw", amount, document, TREASURY)) {
            withdrawn += amount;
        } catch {}
    }

    function settle(uint32 which, uint24 total) external {
        uint32 day = firstDay + (which % DAYS);
        ISubsidyLedger.Part[] memory parts = new ISubsidyLedger.Part[](1);
        parts[0] = ISubsidyLedger.Part(FUND, keccak256("part"), total);
        uint32 revision = ledger.settlementOf(REGION, day).revision + 1;
        ledger.settle(REGION, day, ISubsidyLedger.Settlement(revision, 0, 0, 1), parts);
    }

    /// @notice Proposes all settled days and what came back, and now and then a total that is off.
    function propose(uint8 off) external {
        if (ledger.fundOf(FUND).live != 0) return;
        delete _terms;
        ISubsidyLedger.Fund memory f = ledger.fundOf(FUND);
        int256 due = -int256(uint256(f.owed));
        for (uint32 day = firstDay; day < firstDay + DAYS; ++day) {
            ISubsidyLedger.FundDay memory d = ledger.dayOf(FUND, day);
            if (d.revision == 0) continue;
            _terms.dayList.push(day);
            due += int256(uint256(d.total)) - int256(uint256(d.consumed));
        }
        for (uint64 run = 1; run <= f.runs; ++run) {
            if (!cameBack[run] || again[run]) continue;
            _terms.returnList.push(ISubsidyLedger.ReturnRef(run, 0));
            due += int256(uint256(paid[run]));
        }
        uint64 pays = due > 0 ? uint64(uint256(due)) : 0;
        uint64 owes = due < 0 ? uint64(uint256(-due)) : 0;
        if (off % 8 == 7) ++pays;
        (_terms.fund, _terms.number, _terms.window, _terms.patience) = (FUND, f.runs + 1, 1 days, 3 days);
        (_terms.lines, _terms.payees) = (_leaf(abi.encode(_line(pays)), pays), 1);
        (_terms.debts, _terms.debtors) = (_leaf(abi.encode(ISubsidyLedger.DebtLine(0, PAYEE, owes)), owes), 1);
        try ledger.propose(_terms, _runSigned("propose", 0, PROPOSER)) {
            // Whatever the ledger takes is exactly what is due.
            assert(off % 8 != 7);
            for (uint256 i = 0; i < _terms.returnList.length; ++i) again[_terms.returnList[i].run] = true;
        } catch {}
    }

    function approve(bool wrong) external {
        try ledger.approve(FUND, _terms.number, _runSigned("approve", 0, wrong ? PROPOSER : APPROVER)) {
            assert(!wrong);
        } catch {}
    }

    function object() external {
        bytes32 document = bytes32(++_documents);
        try ledger.object(FUND, _terms.number, document, _runSigned("object", document, AUDITOR)) {} catch {}
    }

    function dismiss(bool alone) external {
        bytes32 document = bytes32(++_documents);
        ISubsidyLedger.Signed memory first = _runSigned("dismiss", document, SUPERVISOR_A);
        ISubsidyLedger.Signed memory second = _runSigned("dismiss", document, alone ? SUPERVISOR_A : SUPERVISOR_B);
        try ledger.dismiss(FUND, _terms.number, document, first, second) {
            assert(!alone);
        } catch {}
    }

    function voidRun() external {
        bytes32 document = bytes32(++_documents);
        ISubsidyLedger.Signed memory first = _runSigned("void", document, SUPERVISOR_A);
        ISubsidyLedger.Signed memory second = _runSigned("void", document, SUPERVISOR_B);
        try ledger.voidRun(FUND, _terms.number, document, first, second) {
            _giveBack();
        } catch {}
    }

    function expire(uint32 ahead) external {
        _pass(ahead);
        try ledger.expire(FUND, _terms.number) {
            _giveBack();
        } catch {}
    }

    function release(uint32 ahead) external {
        _pass(ahead);
        try ledger.release(FUND, _terms.number) {
            uint64 pays = uint64(_terms.lines.sum);
            paid[_terms.number] = pays;
            released += pays;
            _openDebt = uint64(_terms.debts.sum);
            lastReleased = _terms.number;
        } catch {}
    }

    /// @notice A whole run at once, so that the walk gets far enough to owe, to net and to repay.
    function payOut() external {
        this.propose(0);
        this.approve(false);
        _pass(uint32(1 days));
        this.release(0);
    }

    function comeBack(uint64 which, bool more) external {
        uint64 run = 1 + (which % (ledger.fundOf(FUND).runs + 1));
        uint64 amount = paid[run] + (more ? 1 : 0);
        ISubsidyLedger.Signed memory signed = _bankSigned("return", run, amount);
        try ledger.recordReturn(FUND, run, _line(amount), new MerkleSum.Node[](0), 0, signed) {
            assert(!more && !cameBack[run]);
            cameBack[run] = true;
            returned += amount;
        } catch {}
    }

    function repay(uint64 amount) external {
        amount = amount % (_openDebt + 2);
        ISubsidyLedger.DebtLine memory line = ISubsidyLedger.DebtLine(0, PAYEE, _openDebt);
        ISubsidyLedger.Signed memory signed = _bankSigned("repay", lastReleased, amount);
        try ledger.recordRepayment(FUND, line, amount, new MerkleSum.Node[](0), 0, signed) {
            assert(amount <= _openDebt);
            repaid += amount;
        } catch {}
    }

    function _giveBack() private {
        for (uint256 i = 0; i < _terms.returnList.length; ++i) again[_terms.returnList[i].run] = false;
    }

    function _pass(uint32 ahead) private {
        _clock += ahead % 4 days;
        VM.warp(_clock);
    }

    function _register(IKeyRegistry keys, address key, bytes32 person, IKeyRegistry.Role role) private {
        keys.register(key, person, role, bytes32(uint256(REGION)), _clock, type(uint64).max);
    }

    function _line(uint64 amount) private pure returns (ISubsidyLedger.RunLine memory) {
        return ISubsidyLedger.RunLine(0, PAYEE, keccak256("account"), amount);
    }

    function _leaf(bytes memory line, uint64 amount) private pure returns (MerkleSum.Node memory) {
        return MerkleSum.leaf(line, amount);
    }

    function _fundSigned(
        string memory action,
        uint128 amount,
        bytes32 document,
        uint256 key
    ) private returns (ISubsidyLedger.Signed memory) {
        bytes32 kind = keccak256("FundAction(string action,string fund,uint128 amountFen,bytes32 document,uint64 deadline)");
        return _sign(keccak256(abi.encode(kind, keccak256(bytes(action)), FUND, amount, document, type(uint64).max)), key);
    }

    function _runSigned(string memory action, bytes32 document, uint256 key) private returns (ISubsidyLedger.Signed memory) {
        bytes32 kind = keccak256(
            "RunAction(string action,string fund,uint64 run,uint32 firstDay,uint32 lastDay,uint32 payees,uint128 totalFen,bytes32 terms,bytes32 document,uint64 deadline)"
        );
        uint256 count = _terms.dayList.length;
        (uint32 first, uint32 last) = count == 0 ? (0, 0) : (_terms.dayList[0], _terms.dayList[count - 1]);
        bytes memory head = abi.encode(kind, keccak256(bytes(action)), FUND, _terms.number, first, last, _terms.payees);
        bytes memory tail = abi.encode(_terms.lines.sum, keccak256(abi.encode(_terms)), document, type(uint64).max);
        return _sign(keccak256(bytes.concat(head, tail)), key);
    }

    function _bankSigned(string memory action, uint64 run, uint64 amount) private returns (ISubsidyLedger.Signed memory) {
        bytes32 kind = keccak256(
            "BankAction(string action,string fund,uint64 run,uint32 index,bytes32 payee,uint64 amountFen,bytes32 document,uint64 deadline)"
        );
        bytes32 structHash = keccak256(
            abi.encode(kind, keccak256(bytes(action)), FUND, run, uint32(0), PAYEE, amount, bytes32(0), type(uint64).max)
        );
        return _sign(structHash, TREASURY);
    }

    function _sign(bytes32 structHash, uint256 key) private returns (ISubsidyLedger.Signed memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("SilverLedger"),
                keccak256("1"),
                block.chainid,
                address(ledger)
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
        return ISubsidyLedger.Signed(type(uint64).max, abi.encodePacked(r, s, v));
    }
}

contract SubsidyLedgerTest {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    SubsidyHandler private _handler;

    function setUp() public {
        VM.warp(1_760_000_000);
        _handler = new SubsidyHandler(1_760_000_000);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function _fund() private view returns (ISubsidyLedger.Fund memory) {
        return _handler.ledger().fundOf(_handler.FUND());
    }

    /// @notice appropriated − withdrawn = available + reserved + released − returned − repaid, always.
    function invariant_moneyIsConserved() external view {
        ISubsidyLedger.Fund memory f = _fund();
        uint256 held = uint256(f.available) + f.reserved + f.released;
        assert(uint256(f.appropriated) + f.returned + f.repaid == held + f.withdrawn);
    }

    /// @notice What the ledger counts is what was done, as the handler counted it.
    function invariant_countsWhatHappened() external view {
        ISubsidyLedger.Fund memory f = _fund();
        assert(f.appropriated == _handler.appropriated());
        assert(f.withdrawn == _handler.withdrawn());
        assert(f.released == _handler.released());
        assert(f.returned == _handler.returned());
        assert(f.repaid == _handler.repaid());
    }

    /// @notice Money is reserved exactly while a run is live, and exactly its total.
    function invariant_reservedIsTheLiveRun() external view {
        ISubsidyLedger.Fund memory f = _fund();
        if (f.live == 0) assert(f.reserved == 0);
        else assert(f.reserved == _handler.ledger().runOf(_handler.FUND(), f.live).lines.sum);
    }

    /// @notice No record is paid twice: what was paid for days, net of what came back and waits, is what runs consumed.
    function invariant_paidIsWhatDaysConsumed() external view {
        ISubsidyLedger.Fund memory f = _fund();
        int256 consumed = 0;
        uint32 first = _handler.firstDay();
        for (uint32 day = first; day < first + 5; ++day) {
            consumed += int256(uint256(_handler.ledger().dayOf(_handler.FUND(), day).consumed));
        }
        int256 waiting = 0;
        for (uint64 run = 1; run <= f.runs; ++run) {
            if (_handler.cameBack(run) && !_handler.again(run)) waiting += int256(uint256(_handler.paid(run)));
        }
        // A live run's debts take the place of the fund's only when it is released.
        int256 owed = f.live == 0
            ? int256(uint256(f.owed))
            : int256(uint256(_handler.ledger().runOf(_handler.FUND(), f.live).debts.sum));
        int256 net = int256(uint256(f.released) + f.reserved) - int256(uint256(f.returned)) - int256(uint256(f.repaid));
        assert(net + waiting == consumed + owed);
    }
}
