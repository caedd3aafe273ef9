// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IKeyRegistry} from "./interfaces/IKeyRegistry.sol";
import {IRecordLedger} from "./interfaces/IRecordLedger.sol";
import {ISubsidyLedger} from "./interfaces/ISubsidyLedger.sol";
import {MerkleSum} from "./libraries/MerkleSum.sol";

/// @title Funds, settlements and payout runs
/// @notice Money is conserved, and moves by the signatures of two persons; see ISubsidyLedger.
/// @dev Officials sign typed data and anyone relays it: the sender of a transaction means nothing, except for settle.
contract SubsidyLedger is ISubsidyLedger, EIP712 {
    bytes32 private constant FUND_ACTION =
        keccak256("FundAction(string action,string fund,uint128 amountFen,bytes32 document,uint64 deadline)");
    bytes32 private constant RUN_ACTION =
        keccak256(
            "RunAction(string action,string fund,uint64 run,uint32 firstDay,uint32 lastDay,uint32 payees,uint128 totalFen,bytes32 terms,bytes32 document,uint64 deadline)"
        );
    bytes32 private constant BANK_ACTION =
        keccak256(
            "BankAction(string action,string fund,uint64 run,uint32 index,bytes32 payee,uint64 amountFen,bytes32 document,uint64 deadline)"
        );
    uint8 private constant RETURNED = 1;
    uint8 private constant REISSUED = 2;

    /// @dev What a run consumed of a day, to give back when it is voided.
    struct Consumed {
        uint32 day;
        uint128 before;
    }

    struct Returned {
        uint8 state;
        uint64 amountFen;
    }

    /// @notice Where the sealed days stand that are settled here.
    IRecordLedger public immutable ledger;
    /// @notice The registry that says whose signatures count.
    IKeyRegistry public immutable keys;
    /// @notice Seconds that auditors have at least.
    uint32 public immutable leastWindow;

    mapping(bytes32 fund => Fund) private _funds;
    mapping(bytes32 fund => mapping(uint32 day => FundDay)) private _days;
    mapping(uint32 region => mapping(uint32 day => Settlement)) private _settlements;
    mapping(uint32 region => mapping(uint32 day => bytes32[])) private _fundsOfDay;
    mapping(bytes32 fund => mapping(uint64 run => Run)) private _runs;
    mapping(bytes32 fund => mapping(uint64 run => Consumed[])) private _consumed;
    mapping(bytes32 fund => mapping(uint64 run => ReturnRef[])) private _reissued;
    mapping(bytes32 fund => mapping(uint64 run => mapping(bytes32 person => IKeyRegistry.Role))) private _acted;
    mapping(bytes32 fund => mapping(uint64 run => mapping(uint32 index => Returned))) private _returns;
    mapping(bytes32 fund => mapping(uint64 run => mapping(uint32 index => bool))) private _repaid;
    mapping(bytes32 fund => mapping(bytes32 document => bool)) private _documents;
    mapping(bytes32 use => bool) private _used;

    /// @notice Fixes what the books rest on.
    /// @param records the ledger of sealed days
    /// @param registry whose signatures count
    /// @param window seconds that auditors have at least
    constructor(IRecordLedger records, IKeyRegistry registry, uint32 window) EIP712("SilverLedger", "1") {
        ledger = records;
        keys = registry;
        leastWindow = window;
    }

    // ----------------------------------------------------------------- funds

    /// @inheritdoc ISubsidyLedger
    function openFund(
        uint32 region,
        string calldata code,
        Opening calldata opening,
        Signed calldata treasury,
        Signed calldata supervisor
    ) external {
        bytes32 fund = keccak256(bytes(code));
        Fund storage f = _funds[fund];
        if (f.open) revert FundExists(fund);
        bytes32 document = keccak256(abi.encode(region, opening));
        bytes32 opener = _fundSigner(region, "open", fund, opening.appropriated, document, treasury, IKeyRegistry.Role.Treasury);
        bytes32 second = _fundSigner(region, "open", fund, opening.appropriated, document, supervisor, IKeyRegistry.Role.Supervisor);
        if (opener == second) revert PersonActedBefore(second);

        _takeOver(f, region, opening);
        for (uint256 i = 0; i < opening.dayList.length; ++i) _takeOverDay(fund, region, opening.dayList[i]);
        for (uint256 i = 0; i < opening.runList.length; ++i) _takeOverRun(fund, opening.runList[i]);
        for (uint256 i = 0; i < opening.returnList.length; ++i) {
            OpeningReturn calldata back = opening.returnList[i];
            _returns[fund][back.run][back.index] = Returned({state: RETURNED, amountFen: back.amountFen});
        }
        emit FundOpened(fund, region, code, opening.document);
    }

    /// @inheritdoc ISubsidyLedger
    function appropriate(bytes32 fund, uint128 amountFen, bytes32 document, Signed calldata treasury) external {
        Fund storage f = _fund(fund);
        bytes32 person = _fundSigner(f.region, "appropriate", fund, amountFen, document, treasury, IKeyRegistry.Role.Treasury);
        _useDocument(fund, document);

        f.appropriated += amountFen;
        f.available += amountFen;
        emit Appropriated(fund, amountFen, document, person);
    }

    /// @inheritdoc ISubsidyLedger
    function withdraw(bytes32 fund, uint128 amountFen, bytes32 document, Signed calldata treasury) external {
        Fund storage f = _fund(fund);
        bytes32 person = _fundSigner(f.region, "withdraw", fund, amountFen, document, treasury, IKeyRegistry.Role.Treasury);
        _useDocument(fund, document);
        if (amountFen > f.available) revert InsufficientFunds(f.available, amountFen);

        f.withdrawn += amountFen;
        f.available -= amountFen;
        emit Withdrawn(fund, amountFen, document, person);
    }

    // ----------------------------------------------------------- settlements

    /// @inheritdoc ISubsidyLedger
    function settle(uint32 region, uint32 day, Settlement calldata settlement, Part[] calldata parts) external {
        if (!keys.speaks(msg.sender, IKeyRegistry.Role.Operator, bytes32(uint256(region)), uint64(block.timestamp)))
            revert NotOperator(msg.sender, region);
        IRecordLedger.Day memory sealedDay = ledger.dayOf(region, day);
        if (sealedDay.sealedAt == 0) revert DayNotSealed(region, day);
        if (sealedDay.size != settlement.size) revert SizeMismatch(sealedDay.size, settlement.size);
        uint32 expected = _settlements[region][day].revision + 1;
        if (settlement.revision != expected) revert RevisionOutOfOrder(expected, settlement.revision);

        _settlements[region][day] = settlement;
        emit Settled(region, day, settlement.revision, settlement.asOf, settlement.ruleset, settlement.size);
        bytes32 last = 0;
        for (uint256 i = 0; i < parts.length; ++i) {
            if (parts[i].fund <= last) revert PartsOutOfOrder(parts[i].fund);
            last = parts[i].fund;
            _settlePart(region, day, settlement.revision, parts[i]);
        }
        // Every fund that had a share is settled anew: none keeps an amount of an older revision.
        bytes32[] storage funds = _fundsOfDay[region][day];
        for (uint256 i = 0; i < funds.length; ++i) {
            if (_days[funds[i]][day].revision != settlement.revision) revert PartMissing(funds[i]);
        }
    }

    // ------------------------------------------------------------------ runs

    /// @inheritdoc ISubsidyLedger
    function propose(Terms calldata terms, Signed calldata proposer) external {
        Fund storage f = _fund(terms.fund);
        if (f.live != 0) revert RunIsLive(f.live);
        if (terms.number != f.runs + 1) revert RunOutOfOrder(f.runs + 1, terms.number);
        if (terms.window < leastWindow) revert WindowTooShort(leastWindow, terms.window);
        Run storage r = _record(terms);
        bytes32 person = _runSigner(f.region, "propose", terms.fund, terms.number, 0, proposer, IKeyRegistry.Role.Proposer);

        _reserve(f, terms);
        f.runs = terms.number;
        f.live = terms.number;
        emit RunProposed(terms.fund, terms.number, r.termsHash, terms.lines.sum, r.windowEnds, person);
    }

    /// @inheritdoc ISubsidyLedger
    function approve(bytes32 fund, uint64 run, Signed calldata approver) external {
        Run storage r = _runs[fund][run];
        if (r.state != RunState.Proposed) revert WrongState(run, r.state);
        if (r.objectedAt != 0) revert FrozenMismatch(run, true);
        bytes32 person = _runSigner(_funds[fund].region, "approve", fund, run, 0, approver, IKeyRegistry.Role.Approver);

        r.state = RunState.Approved;
        emit RunApproved(fund, run, person);
    }

    /// @inheritdoc ISubsidyLedger
    function object(bytes32 fund, uint64 run, bytes32 document, Signed calldata auditor) external {
        Run storage r = _liveRun(fund, run);
        if (r.objectedAt != 0) revert FrozenMismatch(run, true);
        if (block.timestamp >= r.windowEnds) revert WindowClosed(r.windowEnds);
        bytes32 person = _runSigner(_funds[fund].region, "object", fund, run, document, auditor, IKeyRegistry.Role.Auditor);

        r.objectedAt = uint64(block.timestamp);
        emit RunObjected(fund, run, document, person);
    }

    /// @inheritdoc ISubsidyLedger
    function dismiss(bytes32 fund, uint64 run, bytes32 document, Signed calldata first, Signed calldata second) external {
        Run storage r = _liveRun(fund, run);
        if (r.objectedAt == 0) revert FrozenMismatch(run, false);
        _twoSupervisors("dismiss", fund, run, document, first, second);

        // Auditors lose none of their time: the window goes on from where it stood.
        r.windowEnds += uint64(block.timestamp) - r.objectedAt;
        r.objectedAt = 0;
        emit ObjectionDismissed(fund, run, document, r.windowEnds);
    }

    /// @inheritdoc ISubsidyLedger
    function voidRun(bytes32 fund, uint64 run, bytes32 document, Signed calldata first, Signed calldata second) external {
        _liveRun(fund, run);
        _twoSupervisors("void", fund, run, document, first, second);
        _void(fund, run, document);
    }

    /// @inheritdoc ISubsidyLedger
    function expire(bytes32 fund, uint64 run) external {
        Run storage r = _liveRun(fund, run);
        uint64 until = (r.objectedAt == 0 ? r.windowEnds : r.objectedAt) + r.patience;
        if (block.timestamp < until) revert WindowOpen(until);
        _void(fund, run, 0);
    }

    /// @inheritdoc ISubsidyLedger
    function release(bytes32 fund, uint64 run) external {
        Run storage r = _runs[fund][run];
        if (r.state != RunState.Approved) revert WrongState(run, r.state);
        if (r.objectedAt != 0) revert FrozenMismatch(run, true);
        if (block.timestamp < r.windowEnds) revert WindowOpen(r.windowEnds);

        Fund storage f = _funds[fund];
        r.state = RunState.Released;
        f.live = 0;
        f.reserved -= r.lines.sum;
        f.released += r.lines.sum;
        f.debts = r.debts;
        f.debtors = r.debtors;
        f.debtsRun = run;
        f.owed = r.debts.sum;
        emit RunReleased(fund, run, r.lines.sum, f.owed);
    }

    // -------------------------------------------------------------- the bank

    /// @inheritdoc ISubsidyLedger
    function recordReturn(
        bytes32 fund,
        uint64 run,
        RunLine calldata line,
        MerkleSum.Node[] calldata proof,
        bytes32 document,
        Signed calldata treasury
    ) external {
        Run storage r = _runs[fund][run];
        if (r.state != RunState.Released) revert WrongState(run, r.state);
        Returned storage back = _returns[fund][run][line.index];
        if (back.state != 0) revert AlreadyRecorded(line.index);
        MerkleSum.Node memory leaf = MerkleSum.leaf(abi.encode(line), line.amountFen);
        if (!MerkleSum.verify(r.lines, r.payees, line.index, leaf, proof)) revert LineNotInTree(line.index);
        _bankSigner("return", fund, run, line.index, line.payee, line.amountFen, document, treasury);

        (back.state, back.amountFen) = (RETURNED, line.amountFen);
        _funds[fund].returned += line.amountFen;
        _funds[fund].available += line.amountFen;
        emit PaymentReturned(fund, run, line.index, line.amountFen, document);
    }

    /// @inheritdoc ISubsidyLedger
    function recordRepayment(
        bytes32 fund,
        DebtLine calldata line,
        uint64 amountFen,
        MerkleSum.Node[] calldata proof,
        bytes32 document,
        Signed calldata treasury
    ) external {
        Fund storage f = _fund(fund);
        // A live run nets the debts as they stood when it was proposed.
        if (f.live != 0) revert RunIsLive(f.live);
        if (amountFen > line.amountFen) revert InsufficientFunds(line.amountFen, amountFen);
        if (_repaid[fund][f.debtsRun][line.index]) revert AlreadyRecorded(line.index);
        MerkleSum.Node memory leaf = MerkleSum.leaf(abi.encode(line), line.amountFen);
        if (!MerkleSum.verify(f.debts, f.debtors, line.index, leaf, proof)) revert LineNotInTree(line.index);
        _bankSigner("repay", fund, f.debtsRun, line.index, line.payee, amountFen, document, treasury);

        _repaid[fund][f.debtsRun][line.index] = true;
        f.owed -= amountFen;
        f.repaid += amountFen;
        f.available += amountFen;
        emit DebtRepaid(fund, line.payee, amountFen, document);
    }

    // ----------------------------------------------------------------- views

    /// @inheritdoc ISubsidyLedger
    function fundOf(bytes32 fund) external view returns (Fund memory) {
        return _funds[fund];
    }

    /// @inheritdoc ISubsidyLedger
    function dayOf(bytes32 fund, uint32 day) external view returns (FundDay memory) {
        return _days[fund][day];
    }

    /// @inheritdoc ISubsidyLedger
    function settlementOf(uint32 region, uint32 day) external view returns (Settlement memory) {
        return _settlements[region][day];
    }

    /// @inheritdoc ISubsidyLedger
    function runOf(bytes32 fund, uint64 run) external view returns (Run memory) {
        return _runs[fund][run];
    }

    /// @inheritdoc ISubsidyLedger
    function returnState(bytes32 fund, uint64 run, uint32 index) external view returns (uint8) {
        return _returns[fund][run][index].state;
    }

    // --------------------------------------------------------------- private

    function _fund(bytes32 fund) private view returns (Fund storage f) {
        f = _funds[fund];
        if (!f.open) revert UnknownFund(fund);
    }

    function _liveRun(bytes32 fund, uint64 run) private view returns (Run storage r) {
        r = _runs[fund][run];
        if (r.state != RunState.Proposed && r.state != RunState.Approved) revert WrongState(run, r.state);
    }

    function _takeOver(Fund storage f, uint32 region, Opening calldata o) private {
        uint256 come = uint256(o.appropriated) + o.returned + o.repaid;
        uint256 gone = uint256(o.withdrawn) + o.released;
        if (gone > come || come - gone > type(uint128).max) revert OpeningUnbalanced();

        (f.open, f.region, f.available) = (true, region, uint128(come - gone));
        (f.appropriated, f.withdrawn, f.released) = (o.appropriated, o.withdrawn, o.released);
        (f.returned, f.repaid, f.owed) = (o.returned, o.repaid, o.debts.sum);
        (f.debts, f.debtors, f.debtsRun, f.runs) = (o.debts, o.debtors, o.runs, o.runs);
    }

    function _takeOverDay(bytes32 fund, uint32 region, OpeningDay calldata d) private {
        _days[fund][d.day] = FundDay({revision: d.revision, total: d.total, consumed: d.consumed, root: d.root});
        _fundsOfDay[region][d.day].push(fund);
        Settlement storage s = _settlements[region][d.day];
        if (s.revision < d.revision) s.revision = d.revision;
    }

    function _takeOverRun(bytes32 fund, OpeningRun calldata o) private {
        Run storage r = _runs[fund][o.run];
        (r.state, r.lines, r.payees) = (RunState.Released, o.lines, o.payees);
    }

    function _useDocument(bytes32 fund, bytes32 document) private {
        if (_documents[fund][document]) revert DocumentUsed(document);
        _documents[fund][document] = true;
    }

    function _settlePart(uint32 region, uint32 day, uint32 revision, Part calldata part) private {
        Fund storage f = _fund(part.fund);
        if (f.region != region) revert FundOfOtherRegion(part.fund, f.region);
        FundDay storage d = _days[part.fund][day];
        if (d.revision == 0) _fundsOfDay[region][day].push(part.fund);
        (d.revision, d.total, d.root) = (revision, part.total, part.root);
        emit PartSettled(part.fund, day, revision, part.root, part.total);
    }

    function _record(Terms calldata terms) private returns (Run storage r) {
        r = _runs[terms.fund][terms.number];
        r.termsHash = keccak256(abi.encode(terms));
        (r.lines, r.payees, r.debts, r.debtors) = (terms.lines, terms.payees, terms.debts, terms.debtors);
        if (terms.dayList.length > 0) {
            (r.firstDay, r.lastDay) = (terms.dayList[0], terms.dayList[terms.dayList.length - 1]);
        }
        r.state = RunState.Proposed;
        r.patience = terms.patience;
        r.windowEnds = uint64(block.timestamp) + terms.window;
    }

    function _reserve(Fund storage f, Terms calldata terms) private {
        int256 expected = _consume(terms.fund, terms.number, terms.dayList) + _reissue(terms.fund, terms.number, terms.returnList);
        expected += int256(uint256(terms.debts.sum)) - int256(uint256(f.owed));
        uint128 total = terms.lines.sum;
        if (expected != int256(uint256(total))) revert TotalMismatch(expected, total);
        if (total > f.available) revert InsufficientFunds(f.available, total);

        f.available -= total;
        f.reserved += total;
    }

    /// @notice Takes what the listed days can pay.
    /// @param fund keccak of the fund's code
    /// @param run number of the run
    /// @param dayList settled days, ascending
    /// @return delta what the listed days changed since they were last consumed
    function _consume(bytes32 fund, uint64 run, uint32[] calldata dayList) private returns (int256 delta) {
        for (uint256 i = 0; i < dayList.length; ++i) {
            if (i > 0 && dayList[i] <= dayList[i - 1]) revert ListOutOfOrder(i);
            FundDay storage d = _days[fund][dayList[i]];
            if (d.revision == 0) revert DayNotSettled(dayList[i]);
            delta += int256(uint256(d.total)) - int256(uint256(d.consumed));
            _consumed[fund][run].push(Consumed({day: dayList[i], before: d.consumed}));
            d.consumed = d.total;
        }
    }

    function _reissue(bytes32 fund, uint64 run, ReturnRef[] calldata list) private returns (int256 sum) {
        for (uint256 i = 0; i < list.length; ++i) {
            if (i > 0 && _place(list[i]) <= _place(list[i - 1])) revert ListOutOfOrder(i);
            Returned storage back = _returns[fund][list[i].run][list[i].index];
            if (back.state != RETURNED) revert ReturnNotPending(list[i].run, list[i].index);
            back.state = REISSUED;
            sum += int256(uint256(back.amountFen));
            _reissued[fund][run].push(list[i]);
        }
    }

    function _place(ReturnRef calldata r) private pure returns (uint256) {
        return (uint256(r.run) << 32) | r.index;
    }

    function _void(bytes32 fund, uint64 run, bytes32 document) private {
        Fund storage f = _funds[fund];
        Run storage r = _runs[fund][run];
        Consumed[] storage consumed = _consumed[fund][run];
        for (uint256 i = 0; i < consumed.length; ++i) _days[fund][consumed[i].day].consumed = consumed[i].before;
        ReturnRef[] storage reissued = _reissued[fund][run];
        for (uint256 i = 0; i < reissued.length; ++i) _returns[fund][reissued[i].run][reissued[i].index].state = RETURNED;
        r.state = RunState.Void;
        f.live = 0;
        f.reserved -= r.lines.sum;
        f.available += r.lines.sum;
        emit RunVoided(fund, run, document);
    }

    function _twoSupervisors(
        string memory action,
        bytes32 fund,
        uint64 run,
        bytes32 document,
        Signed calldata first,
        Signed calldata second
    ) private {
        uint32 region = _funds[fund].region;
        bytes32 a = _runSigner(region, action, fund, run, document, first, IKeyRegistry.Role.Supervisor);
        bytes32 b = _runSigner(region, action, fund, run, document, second, IKeyRegistry.Role.Supervisor);
        if (a == b) revert PersonActedBefore(b);
    }

    /// @dev One person plays one part in a run, whatever keys it holds; and a signature acts once, so that an objection
    /// that was dismissed, or a dismissal, is never sent again by somebody else.
    function _runSigner(
        uint32 region,
        string memory action,
        bytes32 fund,
        uint64 run,
        bytes32 document,
        Signed calldata s,
        IKeyRegistry.Role role
    ) private returns (bytes32 person) {
        Run storage r = _runs[fund][run];
        bytes32 structHash = keccak256(
            abi.encode(
                RUN_ACTION,
                keccak256(bytes(action)),
                fund,
                run,
                r.firstDay,
                r.lastDay,
                r.payees,
                r.lines.sum,
                r.termsHash,
                document,
                s.deadline
            )
        );
        person = _signer(region, structHash, s, role);
        bytes32 use = keccak256(abi.encode(structHash, person));
        if (_used[use]) revert SignatureUsed(person);
        _used[use] = true;
        IKeyRegistry.Role part = _acted[fund][run][person];
        if (part != IKeyRegistry.Role.None && part != role) revert PersonActedBefore(person);
        _acted[fund][run][person] = role;
    }

    function _fundSigner(
        uint32 region,
        string memory action,
        bytes32 fund,
        uint128 amountFen,
        bytes32 document,
        Signed calldata s,
        IKeyRegistry.Role role
    ) private view returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(FUND_ACTION, keccak256(bytes(action)), fund, amountFen, document, s.deadline));
        return _signer(region, structHash, s, role);
    }

    function _bankSigner(
        string memory action,
        bytes32 fund,
        uint64 run,
        uint32 index,
        bytes32 payee,
        uint64 amountFen,
        bytes32 document,
        Signed calldata s
    ) private view {
        bytes32 structHash = keccak256(
            abi.encode(BANK_ACTION, keccak256(bytes(action)), fund, run, index, payee, amountFen, document, s.deadline)
        );
        _signer(_funds[fund].region, structHash, s, IKeyRegistry.Role.Treasury);
    }

    function _signer(
        uint32 region,
        bytes32 structHash,
        Signed calldata s,
        IKeyRegistry.Role role
    ) private view returns (bytes32 person) {
        if (block.timestamp > s.deadline) revert SignatureExpired(s.deadline);
        address signer = ECDSA.recoverCalldata(_hashTypedDataV4(structHash), s.signature);
        if (!keys.speaks(signer, role, bytes32(uint256(region)), uint64(block.timestamp))) revert NotOfficial(signer, uint8(role));
        return keys.keyOf(signer).person;
    }
}
